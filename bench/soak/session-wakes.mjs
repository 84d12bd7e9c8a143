// Wakes kept sessions up in random order, two workers at a time. Prints as JSON what was lost or mixed up.
// node session-wakes.mjs <sessions>
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { denoDescendants } from '../proc.mjs'

const AT_ONCE = 2

const count = Number(process.argv[2])
const store = mkdtempSync(join(tmpdir(), 'agentchat-soak-store-'))
const options = { sessionStore: store, maxLiveSessions: AT_ONCE, pool: { min: 0, max: AT_ONCE } }
const indexes = Array.from({ length: count }, (_, index) => index)
const problems = []
let lost = 0
let mixedUp = 0
let mostWorkers = 0

try {
  const makeSeconds = await timed((sandbox) => inTurns(indexes, (index) => make(sandbox, index)))
  const watch = setInterval(() => {
    mostWorkers = Math.max(mostWorkers, denoDescendants().length)
  }, 20)
  const wakeSeconds = await timed((sandbox) => inTurns(shuffled(indexes), (index) => wake(sandbox, index)))
  clearInterval(watch)
  console.log(JSON.stringify({ count, lost, mixedUp, problems, mostWorkers, makeSeconds, wakeSeconds }))
} finally {
  rmSync(store, { recursive: true, force: true })
}

/** @param {(sandbox: PyodideSandbox) => Promise<void>} work */
async function timed(work) {
  const sandbox = new PyodideSandbox(options)
  const started = performance.now()
  await work(sandbox)
  const seconds = (performance.now() - started) / 1000
  await sandbox.close()
  return seconds
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {number} index
 */
async function make(sandbox, index) {
  const session = sandbox.session({ id: `s${index}`, owner: `owner ${index % 7}` })
  await session.files.write('mine.txt', `file ${index}`)
  const { error } = await session.execute(
    `mine = ${index}\nitems = [${index}] * 1000\nsteps = (n + ${index} for n in range(9)); next(steps)`,
  )
  if (error !== null) throw new Error(`Cannot make session ${index}: ${error.message}`)
  await session.close()
}

/**
 * @param {PyodideSandbox} sandbox
 * @param {number} index
 */
async function wake(sandbox, index) {
  const session = sandbox.session({ id: `s${index}`, owner: `owner ${index % 7}`, open: 'existing' })
  try {
    const code = '[mine, sum(items), next(steps), open("mine.txt").read()]'
    const { result, error, sessionRestored } = await session.execute(code)
    const expected = JSON.stringify([index, index * 1000, index + 1, `file ${index}`])
    if (error !== null || sessionRestored !== null) {
      lost += 1
      problems.push(`s${index}: ${error?.message ?? JSON.stringify(sessionRestored)}`)
    } else if (JSON.stringify(result) !== expected) {
      mixedUp += 1
      problems.push(`s${index}: ${JSON.stringify(result)}`)
    }
  } catch (error) {
    lost += 1
    problems.push(`s${index}: ${error.message}`)
  }
  // At rest, not closed: it is for the next one to take its worker.
}

/**
 * @param {readonly number[]} all
 * @param {(index: number) => Promise<void>} work
 */
async function inTurns(all, work) {
  const waiting = [...all]
  const next = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await work(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
}

/** @param {readonly number[]} all */
function shuffled(all) {
  const mixed = [...all]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[mixed[at], mixed[other]] = [mixed[other], mixed[at]]
  }
  return mixed
}

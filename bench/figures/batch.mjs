import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'
import { median } from '../statistics.mjs'

const CONCURRENCY = Math.min(2, availableParallelism())
const PYTHON = '/usr/bin/python3'

/**
 * Batches, in milliseconds for each program on two cores: `print(1)` beside Debian's Python in a process each, and, with
 * `BENCH_PROGRAMS=<file with JSON Lines that have a program>`, whole programs beside fresh workers.
 * @type {import('./figure.mjs').Figure}
 */
export const batchFigure = {
  names: ['batch'],
  slow: false,
  async measure({ quick, log }) {
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: CONCURRENCY } })
    try {
      return [
        ...(await smallPrograms(sandbox, quick ? 200 : 1000, log)),
        ...(await wholePrograms(sandbox, log)),
      ]
    } finally {
      await sandbox.close()
    }
  },
}

async function smallPrograms(sandbox, count, log) {
  const programs = Array.from({ length: count }, (_, index) => `print(${index})`)
  const [ours, pythons] = [[], []]
  for (let round = 1; round <= 3; round++) {
    log(`batch: ${count} programs, round ${round} of 3`)
    const { seconds, outcomes } = await batch(sandbox, programs)
    outcomes.forEach(({ stdout }, index) => {
      if (stdout !== `${index}\n`) throw new Error(`Cannot measure: program ${index} printed ${stdout}`)
    })
    ours.push((seconds * 1000) / count)
    pythons.push((await processes(Math.ceil(count / 5))) * 1000)
  }
  return [
    {
      figure: `batch: print(1), for each of ${count} programs, ${CONCURRENCY} at a time`,
      unit: 'ms',
      ours: median(ours),
      goal: atMost(10),
      stretch: { text: "Debian's Python, a process each", limit: median(pythons) },
      details: { ours, pythons },
    },
  ]
}

async function wholePrograms(sandbox, log) {
  const path = process.env.BENCH_PROGRAMS
  if (path === undefined) return []
  const programs = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).program)
  log(`batch: ${programs.length} whole programs`)
  const { seconds, outcomes } = await batch(sandbox, programs)
  log(`batch: the same in fresh workers`)
  const start = performance.now()
  const fresh = await Promise.all(programs.map((program) => sandbox.execute(program)))
  const freshSeconds = (performance.now() - start) / 1000
  const different = outcomes.filter(({ status }, index) => status !== fresh[index].status)
  return [
    {
      figure: `batch: ${programs.length} whole programs, each`,
      unit: 'ms',
      ours: (seconds * 1000) / programs.length,
      goal: { text: 'a fresh worker / 10', limit: (freshSeconds * 100) / programs.length },
      note: `${different.length} ended otherwise than in a fresh worker (${((freshSeconds * 1000) / programs.length).toFixed(0)} ms each)`,
    },
  ]
}

async function batch(sandbox, programs) {
  const outcomes = []
  const start = performance.now()
  for await (const { result, error } of sandbox.batch(programs, { concurrency: CONCURRENCY })) {
    if (error !== null) throw error
    outcomes.push(result)
  }
  return { seconds: (performance.now() - start) / 1000, outcomes }
}

/** Seconds for each of so many processes of Debian's Python, as many at a time; NaN where there is none. */
async function processes(count) {
  let left = count
  const lane = async () => {
    while (left-- > 0)
      await new Promise((resolve) =>
        spawn(PYTHON, ['-c', 'print(1)']).on('close', resolve).on('error', resolve),
      )
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: CONCURRENCY }, lane))
  return (performance.now() - start) / 1000 / count
}

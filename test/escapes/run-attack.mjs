// Runs one attack against one target and gathers what is known of it afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { Canaries } from './canaries.mjs'
import { attackOf } from './checks.mjs'
import { judge } from './judge.mjs'
import { HostLostError } from './lane.mjs'
import { planOf } from './plan.mjs'
import { isAlive, processesThatMention } from './processes.mjs'
import { Watch } from './watch.mjs'

/** Starting a worker, on a machine that is busy. */
export const START_SECONDS = 180
/** How long something may take to go away after it was ended. */
const GONE_MS = 2000
const SETTLE_MS = 800

/**
 * @typedef {object} Verdict
 * @property {string} id
 * @property {string} target
 * @property {'contained' | 'hardening' | 'breach' | 'passed' | 'skipped'} outcome `passed`: not asked of this target
 * @property {string[]} reasons
 * @property {string} said how the attack itself, or the host, put it
 * @property {number} seconds
 */

/**
 * @param {import('./cases.mjs').Attack} attack
 * @param {import('./targets.mjs').Target} target
 * @param {{ lane: import('./lane.mjs').Lane, folder: string, quick: boolean }} how
 * @returns {Promise<Verdict>}
 */
export async function runAttack(attack, target, how) {
  const first = await runOnce(attack, target, how)
  return first.timed ? (await runOnce(attack, target, how)).verdict : first.verdict
}

/**
 * @param {import('./cases.mjs').Attack} attack
 * @param {import('./targets.mjs').Target} target
 * @param {{ lane: import('./lane.mjs').Lane, folder: string, quick: boolean }} how
 * @returns {Promise<{ verdict: Verdict, timed: boolean }>} `timed`: only the clock speaks against it
 */
async function runOnce(attack, target, { lane, folder, quick }) {
  const started = performance.now()
  const canaries = await Canaries.place()
  const verdict = (outcome, reasons, said = '') => {
    const seconds = (performance.now() - started) / 1000
    return { id: attack.id, target: target.name, outcome, reasons, said, seconds }
  }
  try {
    const plan = planOf(attack, canaries.fill(attack.code), quick)
    const facts = await gather(attack, target, { lane, folder, canaries, plan })
    if (typeof facts === 'string') return { verdict: verdict('skipped', [facts]), timed: false }
    const findings = judge(attack, facts, target.wall)
    const breach = findings.some(({ level }) => level === 'breach')
    const outcome = breach ? 'breach' : findings.length > 0 ? 'hardening' : 'contained'
    const reasons = findings.map(({ reason }) => reason)
    const timed = breach && !target.bare && findings.every((finding) => finding.timed)
    return { verdict: verdict(outcome, reasons, wordsOf(facts)), timed }
  } finally {
    await canaries.remove()
  }
}

/**
 * @param {import('./cases.mjs').Attack} attack
 * @param {import('./targets.mjs').Target} target
 * @param {{ lane: import('./lane.mjs').Lane, folder: string, canaries: Canaries, plan: import('./plan.mjs').Plan }} how
 * @returns {Promise<import('./checks.mjs').Facts | string>} a text says why it could not be run
 */
async function gather(attack, target, { lane, folder, canaries, plan }) {
  const facts = emptyFacts(plan)
  /** @type {Watch | null} */
  let watch = null
  lane.takeTerminal()
  try {
    const refused = await lane.ask('prepare', { grants: grantsOf(attack, canaries) }, START_SECONDS)
    if (refused !== null) return refused
    for (const { role, code, inSession = false } of plan.steps) {
      if (target.bare && role === 'next') continue
      if (role === 'attack') watch = new Watch(lane.pid, folder, !target.bare)
      const { timeoutSeconds, memoryLimitMb } = plan
      const params = { code, elsewhere: role === 'elsewhere', inSession, timeoutSeconds, memoryLimitMb }
      const outcome = await lane.ask('run', params, timeoutSeconds + START_SECONDS)
      facts.steps.push({ role, outcome })
      if (role === 'attack' && watch !== null) await lookAfter(watch, facts, plan, lane)
    }
    facts.polluted = await lane.ask('isPolluted', {}, 10)
  } catch (error) {
    if (!(error instanceof HostLostError)) throw error
    facts.lost = error.message
  }
  if (watch !== null) facts.seen = watch.stop()
  const marked = processesThatMention(canaries.mark).filter(isAlive)
  facts.childrenLeft.push(...marked.map(({ name }) => name))
  for (const { pid } of marked) process.kill(pid, 'SIGKILL')
  facts.damage = canaries.damage
  facts.terminal = lane.takeTerminal()
  facts.leaked = canaries.isIn(JSON.stringify([facts.steps, facts.terminal]))
  return facts
}

/** @param {import('./checks.mjs').Facts} facts */
function wordsOf(facts) {
  const { result, thrown } = attackOf(facts)
  const line = /^(BREACH|CONTAINED|ATTEMPTED).*$/m.exec(result?.stdout ?? '')?.[0] ?? ''
  const error = result?.error ? `${result.error.kind}: ${result.error.message}` : ''
  return [line, error, thrown].filter(Boolean).join('; ').replaceAll('\n', ' ').slice(0, 200)
}

/** What goes on after the result, first by itself and then when the host has ended the worker. */
async function lookAfter(watch, facts, plan, lane) {
  if (plan.settle) {
    await until(() => !runsOn(watch))
    facts.runsOn = runsOn(watch)
    const before = watch.cpuMs
    if (facts.runsOn) await sleep(SETTLE_MS)
    facts.lateCpuMs = watch.cpuMs - before
  }
  await lane.ask('endRun', {}, 10)
  await until(() => !runsOn(watch))
  facts.workersLeft = workersLeft(watch)
  facts.childrenLeft = watch.childrenLeft
}

/** @param {Watch} watch */
function runsOn(watch) {
  return workersLeft(watch) > 0 || watch.childrenLeft.length > 0
}

/** A pool that had two workers keeps the one that did not run this. @param {Watch} watch */
function workersLeft(watch) {
  return Math.max(0, watch.workersLeft - watch.spare)
}

/** @param {() => boolean} done */
async function until(done) {
  for (const end = performance.now() + GONE_MS; !done() && performance.now() < end; ) await sleep(20)
}

function grantsOf({ needs }, canaries) {
  const [kind, name] = needs.split(' ')
  if (kind === 'net-allow') return { allowNet: [`127.0.0.1:${canaries.allowedPort}`], denyNet: [] }
  if (kind === 'net-allow-name') return { allowNet: [name] }
  if (kind === 'files-with-link') canaries.leaveLink()
  if (kind.startsWith('files')) return { allowRead: [canaries.granted], allowWrite: [canaries.granted] }
  return {}
}

/** @param {import('./plan.mjs').Plan} plan @returns {import('./checks.mjs').Facts} */
function emptyFacts(plan) {
  return {
    steps: [],
    plan: { ...plan, steps: [] },
    seen: {
      hostGrowthBytes: 0,
      hostCpuMs: 0,
      sharedMemoryGrowthBytes: 0,
      workerPeakBytes: 0,
      children: [],
      environment: {},
      sharedNamespaces: [],
      diskGrowthBytes: 0,
    },
    workersLeft: 0,
    childrenLeft: [],
    runsOn: false,
    lateCpuMs: 0,
    damage: [],
    leaked: false,
    terminal: '',
    polluted: false,
    lost: '',
  }
}

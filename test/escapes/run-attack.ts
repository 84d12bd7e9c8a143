// Runs one attack against one target and gathers what is known of it afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { Canaries } from './canaries.ts'
import type { Attack } from './cases.ts'
import { attackOf, emptyFacts, type Facts } from './facts.ts'
import { judge } from './judge.ts'
import { HostLostError, type Lane } from './lane.ts'
import { type Plan, planOf } from './plan.ts'
import { isAlive, processesThatMention } from './processes.ts'
import type { Target, TargetName } from './targets.ts'
import { Watch } from './watch.ts'

/** Starting a worker, on a machine that is busy. */
export const START_SECONDS = 180
/** How long something may take to go away after it was ended. */
const GONE_MS = 2000
const SETTLE_MS = 800

/** What came of one attack against one target. */
export interface Verdict {
  /** Of the attack. */
  readonly id: string
  readonly target: TargetName
  /** `passed`: not asked of this target. */
  readonly outcome: 'contained' | 'hardening' | 'breach' | 'passed' | 'skipped'
  readonly reasons: readonly string[]
  /** How the attack itself, or the host, put it. */
  readonly said: string
  readonly seconds: number
}

/** Where an attack runs. */
interface Means {
  readonly lane: Lane
  /** Holds everything that hosts and workers may write. */
  readonly folder: string
  readonly quick: boolean
}

/** Runs the attack, and a second time when only the clock speaks against it. */
export async function runAttack(attack: Attack, target: Target, how: Means): Promise<Verdict> {
  const first = await runOnce(attack, target, how)
  return first.timed ? (await runOnce(attack, target, how)).verdict : first.verdict
}

/** `timed`: only the clock speaks against it. */
async function runOnce(
  attack: Attack,
  target: Target,
  { lane, folder, quick }: Means,
): Promise<{ verdict: Verdict; timed: boolean }> {
  const started = performance.now()
  const canaries = await Canaries.place()
  const verdict = (outcome: Verdict['outcome'], reasons: readonly string[], said = ''): Verdict => {
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

/** A text says why it could not be run. */
async function gather(
  attack: Attack,
  target: Target,
  { lane, folder, canaries, plan }: Omit<Means, 'quick'> & { canaries: Canaries; plan: Plan },
): Promise<Facts | string> {
  const facts = emptyFacts(plan)
  let watch: Watch | null = null
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
      if (role === 'attack' && watch !== null) await lookAfter({ watch, lane }, facts, plan)
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

/** How the attack, or the host, put it. */
function wordsOf(facts: Facts): string {
  const { result, thrown } = attackOf(facts)
  const line = /^(BREACH|CONTAINED|ATTEMPTED).*$/m.exec(result?.stdout ?? '')?.[0] ?? ''
  const error = result?.error ? `${result.error.kind}: ${result.error.message}` : ''
  return [line, error, thrown].filter(Boolean).join('; ').replaceAll('\n', ' ').slice(0, 200)
}

/** What goes on after the result, first by itself and then when the host has ended the worker. */
async function lookAfter(
  { watch, lane }: { watch: Watch; lane: Lane },
  facts: Facts,
  plan: Plan,
): Promise<void> {
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

function runsOn(watch: Watch): boolean {
  return workersLeft(watch) > 0 || watch.childrenLeft.length > 0
}

/** A pool that had two workers keeps the one that did not run this. */
function workersLeft(watch: Watch): number {
  return Math.max(0, watch.workersLeft - watch.spare)
}

async function until(done: () => boolean): Promise<void> {
  for (const end = performance.now() + GONE_MS; !done() && performance.now() < end; ) await sleep(20)
}

function grantsOf({ needs }: Attack, canaries: Canaries): object {
  const [kind = '', name] = needs.split(' ')
  if (kind === 'net-allow') return { allowNet: [`127.0.0.1:${canaries.allowedPort}`], denyNet: [] }
  if (kind === 'net-allow-name') return { allowNet: [name] }
  if (kind === 'files-with-link') canaries.leaveLink()
  if (kind.startsWith('files')) return { allowRead: [canaries.granted], allowWrite: [canaries.granted] }
  return {}
}

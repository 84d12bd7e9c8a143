import type { Attack } from './attack.ts'
import type { Answer } from './caller.ts'

/** What the event loop of the service may be held at a time. */
const MAX_HELD_MS = 50
/** What a request of somebody else may take on a quiet machine. */
const MAX_OTHERS_MS = 250
/** On a busy machine: so many times what the same requests take without an attack. */
const MAX_SLOWER = 4
const MAX_GROWTH_MIB = 64
/** A segment of the database's log is 16 MiB. */
const MAX_DISK_MIB = 32

/** A request of somebody else. */
export interface Sample {
  readonly what: string
  readonly status: number
  readonly ms: number
}

/** What was measured while an attack ran. */
export interface Facts {
  readonly answers: readonly Answer[]
  readonly alive: boolean
  readonly samePid: boolean
  readonly heldMs: number
  readonly growthMib: number
  readonly diskMib: number
  readonly others: readonly Sample[]
}

/** The longest that requests took without an attack, by what they are. */
export type Baseline = ReadonlyMap<string, number>

/** Why an attack has won; empty when it has not. */
export function reasonsOf(attack: Attack, facts: Facts, baseline: Baseline): string[] {
  const { answers, alive, samePid, heldMs, growthMib, diskMib, others } = facts
  if (!alive) return ['the process has ended']
  const unexpected = answers.filter(({ status }) => !attack.answers.includes(status))
  const limitOf = ({ what }: Sample) => Math.max(MAX_OTHERS_MS, MAX_SLOWER * (baseline.get(what) ?? 0))
  const slow = others.filter((sample) => sample.ms > limitOf(sample))
  const failed = others.filter(({ status }) => status !== 200)
  const allowedMib = attack.diskMib ?? MAX_DISK_MIB
  return [
    ...(samePid ? [] : ['another process answers']),
    ...unexpected.slice(0, 1).map(({ status, text }) => `was answered with ${status}: ${text.slice(0, 200)}`),
    ...(heldMs > MAX_HELD_MS ? [`held the event loop for ${Math.round(heldMs)} ms`] : []),
    ...slow
      .slice(0, 1)
      .map(({ what, ms }) => `${slow.length} requests of others late: ${what} ${Math.round(ms)} ms`),
    ...failed
      .slice(0, 1)
      .map(({ what, status }) => `${failed.length} requests of others failed: ${what} ${status}`),
    ...(growthMib > MAX_GROWTH_MIB ? [`left the process ${Math.round(growthMib)} MiB larger`] : []),
    ...(diskMib > allowedMib ? [`left ${Math.round(diskMib)} MiB more on the disk`] : []),
  ]
}

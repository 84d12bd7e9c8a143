import type { Attack } from './attack.ts'
import type { Answer } from './caller.ts'

/** What the event loop of the service may be held at a time, on a processor of 3 GHz. */
const MAX_HELD_MS = 50
/** What requests of somebody else may take, 19 of 20. */
const MAX_OTHERS_MS = 250
/** A service that has had less of a processor says nothing by what its users waited: they waited for the machine. */
const MAX_STARVED = 2
const MAX_GROWTH_MIB = 64
/** A segment of the database's log is 16 MiB. */
const MAX_DISK_MIB = 32

/** A request of somebody else. */
export interface Sample {
  readonly what: string
  readonly status: number
  readonly ms: number
}

/** What was measured while attacks ran. */
export interface Facts {
  readonly alive: boolean
  readonly samePid: boolean
  readonly heldMs: number
  /** So many times slower than a processor of 3 GHz the machine was. */
  readonly slowness: number
  /** So many times longer than it computed the service took, for others had the processor. */
  readonly starved: number
  readonly growthMib: number
  readonly diskMib: number
  readonly others: readonly Sample[]
}

/** Why an attack was answered as it must not be; empty when it was not. */
export function unexpectedOf(attack: Attack, answers: readonly Answer[]): string[] {
  const unexpected = answers.find(({ status }) => !attack.answers.includes(status))
  if (unexpected === undefined) return []
  return [`was answered with ${unexpected.status}: ${unexpected.text.slice(0, 200)}`]
}

/** Why attacks have won that ran at the same time; empty when they have not. */
export function reasonsOf(attacks: readonly Attack[], facts: Facts): string[] {
  const { alive, samePid, heldMs, slowness, starved, growthMib, diskMib, others } = facts
  if (!alive) return ['the process has ended']
  const maxHeldMs = MAX_HELD_MS * slowness
  const maxOthersMs = MAX_OTHERS_MS * slowness * starved
  const readsMs = p95(others.filter(({ what }) => what === 'healthz').map(({ ms }) => ms))
  const failed = others.find(({ status }) => status !== 200)
  const allowedMib = attacks.reduce((sum, { diskMib }) => sum + (diskMib ?? 0), MAX_DISK_MIB)
  return [
    ...(samePid ? [] : ['another process answers']),
    ...(heldMs > maxHeldMs
      ? [`held the event loop for ${Math.round(heldMs)} ms of ${Math.round(maxHeldMs)}`]
      : []),
    ...(starved < MAX_STARVED && readsMs > maxOthersMs
      ? [`reads of others took ${Math.round(readsMs)} ms of ${Math.round(maxOthersMs)}`]
      : []),
    ...(failed === undefined ? [] : [`a request of others failed: ${failed.what} ${failed.status}`]),
    ...(growthMib > MAX_GROWTH_MIB ? [`left the process ${Math.round(growthMib)} MiB larger`] : []),
    ...(diskMib > allowedMib ? [`left ${Math.round(diskMib)} MiB more on the disk`] : []),
  ]
}

/** What 19 of 20 are not above. */
export function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0
}

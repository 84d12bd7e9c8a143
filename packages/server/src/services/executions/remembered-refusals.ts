import { quotaError } from './quota-refusal.ts'
import type { QuotaHolder } from './quota-terms.ts'

/** Quotas that nothing but time gives room in. */
type TimedQuota = 'perMinute' | 'cpuSecondsPerDay'

interface Refusal {
  readonly name: TimedQuota
  readonly limit: number
  /** On the clock of this process that never goes back, in milliseconds. */
  readonly until: number
}

const MAX_HOLDERS = 10_000

/** Remembers until when a holder is refused, so that a flood of requests asks the database for nothing. */
export class RememberedRefusals {
  readonly #refusals = new Map<string, Refusal>()

  /** There is no room before so many milliseconds have passed, as long as the limit stays the same. */
  note({ kind, id, limits }: QuotaHolder, name: TimedQuota, waitMs: number): void {
    if (this.#refusals.size >= MAX_HOLDERS) this.#refusals.clear()
    this.#refusals.set(`${kind} ${id}`, { name, limit: limits[name], until: performance.now() + waitMs })
  }

  /** @throws QuotaExceededError for a holder that is refused still */
  demandNone(holders: readonly QuotaHolder[]): void {
    for (const holder of holders) {
      const key = `${holder.kind} ${holder.id}`
      const refusal = this.#refusals.get(key)
      if (refusal === undefined) continue
      const waitMs = refusal.until - performance.now()
      if (waitMs > 0 && holder.limits[refusal.name] === refusal.limit)
        throw quotaError(holder, refusal.name, waitMs)
      this.#refusals.delete(key)
    }
  }
}

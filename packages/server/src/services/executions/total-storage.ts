import type { Database } from '../../db/index.ts'
import { bytesOfAll } from '../../db/queries/quota-usage.ts'
import type { QuotaExceededError } from '../errors.ts'
import { MINUTE_MS, quotaError } from './quota-refusal.ts'

/** How long a sum counts, while there is much room. */
const FRESH_MS = 5000
/** With less room than this the sum is asked for each time. */
const NEAR_BYTES = 64 * 2 ** 20

/**
 * How much room everybody together has. It is the sum over all holders, and has no row of its own: that one would be changed by
 * every execution of everybody, one after the other. So it is asked for now and then, and each time when it is nearly full.
 */
export class TotalStorage {
  readonly #db: Database
  readonly #limit: number
  #room: number | null = null
  #askedAt = 0

  constructor({ db, totalStorageBytes }: { readonly db: Database; readonly totalStorageBytes: number }) {
    this.#db = db
    this.#limit = totalStorageBytes
  }

  /** How many bytes more may be kept; of what other services kept within the last seconds it may not know. */
  async room(): Promise<number> {
    const known = this.#room
    if (known === null || known < NEAR_BYTES) return await this.#ask()
    if (performance.now() - this.#askedAt > FRESH_MS) {
      this.#askedAt = performance.now()
      // Nobody waits for it; where it fails, the next one asks.
      void this.#ask().catch(() => {})
    }
    return known
  }

  /** What is known of it, without asking: within a transaction there may be no other connection. */
  get known(): number {
    return this.#room ?? this.#limit
  }

  /** So many bytes more are kept. */
  grown(bytes: number): void {
    if (this.#room !== null) this.#room -= bytes
  }

  /** What somebody is told when there is too little. */
  refusal(): QuotaExceededError {
    const any = Number.POSITIVE_INFINITY
    const limits = {
      ...{ concurrent: any, perMinute: any, cpuSecondsPerDay: any, storageBytes: this.#limit },
      ...{ sessions: any, liveSessions: any, readers: any, tools: any, toolVersions: any, apiKeys: any },
      agentRuns: any,
      agentTokensPerDay: any,
    }
    return quotaError({ kind: 'service', limits }, 'storageBytes', MINUTE_MS)
  }

  async #ask(): Promise<number> {
    this.#askedAt = performance.now()
    const room = this.#limit - (await bytesOfAll(this.#db))
    this.#room = room
    return room
  }
}

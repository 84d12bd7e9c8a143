/** So many deeds are free at once; then there is one more each half second. */
export const FREE_DEEDS = 1200
const EACH_MS = 500
const MAX_USERS = 20_000

interface Bucket {
  /** What is left, at `at`. */
  free: number
  at: number
}

/**
 * Slows down what a user does beside executions: each deed is an entry of the audit, which counts for no quota, also where
 * it was refused.
 */
export class DeedLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Takes a deed of this user, and gives 0; when there is none, gives seconds until there is one. */
  take(userId: string): number {
    const now = this.#now()
    const known = this.#buckets.get(userId)
    const filled = known === undefined ? FREE_DEEDS : known.free + Math.max(0, now - known.at) / EACH_MS
    const bucket = { free: Math.min(FREE_DEEDS, filled), at: now }
    // Who did something longest ago is first.
    this.#buckets.delete(userId)
    this.#buckets.set(userId, bucket)
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > MAX_USERS && oldest !== undefined) this.#buckets.delete(oldest)
    if (bucket.free < 1) return Math.ceil(((1 - bucket.free) * EACH_MS) / 1000)
    bucket.free -= 1
    return 0
  }
}

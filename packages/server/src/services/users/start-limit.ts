import { networkOf } from './network-of.ts'

/** Starts that are free, and how long until one more is; of one place, and of all together. */
const FREE = { place: 60, all: 600 } as const
const EACH_MS = { place: 3000, all: 100 } as const
const MAX_PLACES = 20_000
const ALL = ''

interface Bucket {
  /** What is left, at `at`. */
  free: number
  at: number
}

/**
 * Slows down who begins, without any credentials, what the service remembers or asks others for: a sign-in with a
 * provider. Each place has starts that are free, and one more every three seconds; all together have a bound too, so that
 * many places do not fill the database.
 */
export class StartLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Takes a start of this place, and gives 0; when there is none, gives seconds until there is one. */
  take(place: string): number {
    const own = this.#bucketOf(networkOf(place), 'place')
    const all = this.#bucketOf(ALL, 'all')
    const waitMs = Math.max((1 - own.free) * EACH_MS.place, (1 - all.free) * EACH_MS.all)
    if (waitMs > 0) return Math.ceil(waitMs / 1000)
    own.free -= 1
    all.free -= 1
    return 0
  }

  /** What has filled up again since it was asked is as if it had never been; of the rest there are few. */
  #forgetFull(now: number): void {
    for (const [key, { at }] of this.#buckets)
      if (key !== ALL && at < now - FREE.place * EACH_MS.place) this.#buckets.delete(key)
  }

  #bucketOf(key: string, kind: keyof typeof FREE): Bucket {
    const now = this.#now()
    const known = this.#buckets.get(key)
    const free = known === undefined ? FREE[kind] : known.free + Math.max(0, now - known.at) / EACH_MS[kind]
    const bucket = { free: Math.min(FREE[kind], free), at: now }
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > MAX_PLACES) this.#forgetFull(now)
    return bucket
  }
}

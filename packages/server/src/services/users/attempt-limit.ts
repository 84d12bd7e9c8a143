import { networkOf } from './network-of.ts'

const WINDOW_MS = 15 * 60_000
/** The longest wait of a pair that has succeeded before. */
const KNOWN_MS = 30_000
const MAX_ENTRIES = 50_000
/** Failed attempts that cost nothing: for one address at one place, for one place, for one address. */
const FREE = { pair: 5, place: 50, address: 100 } as const

interface Failures {
  count: number
  last: number
}

/**
 * Slows down who guesses passwords. Counts failures by e-mail address and by where they come from. An address that has
 * signed in from a place before is slowed down there for its own failures alone, and not for long: others who guess, at
 * the same place or elsewhere, keep nobody out.
 */
export class AttemptLimit {
  readonly #failures = new Map<string, Failures>()
  /** Pairs that have succeeded, the last one at the end. */
  readonly #known = new Set<string>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Seconds until the next attempt may be made; 0 when it may be made now. */
  waitSeconds(email: string, place: string): number {
    const now = this.#now()
    const keys = keysOf(email, place)
    const isKnown = this.#known.has(keys[0].key)
    const waits = keys.map(({ key, name, free }) => {
      const failures = this.#failures.get(key)
      if (failures === undefined || failures.count < free || (isKnown && name !== 'pair')) return 0
      // Doubles from one second.
      const longest = isKnown ? KNOWN_MS : WINDOW_MS
      const wait = Math.min(1000 * 2 ** Math.min(failures.count - free, 20), longest)
      return Math.max(0, failures.last + wait - now)
    })
    return Math.ceil(Math.max(...waits) / 1000)
  }

  /** Counts an attempt before it is made, so that many at once are no way round. */
  begin(email: string, place: string): void {
    const now = this.#now()
    for (const { key } of keysOf(email, place)) {
      const known = this.#failures.get(key)
      const count = known === undefined || now - known.last > WINDOW_MS ? 1 : known.count + 1
      this.#failures.delete(key)
      this.#failures.set(key, { count, last: now })
    }
    for (const [key, { last }] of this.#failures) {
      if (this.#failures.size <= MAX_ENTRIES && now - last <= WINDOW_MS) break
      this.#failures.delete(key)
    }
  }

  /** It was the wrong password: the next attempt waits from now on, however long the check took. */
  failed(email: string, place: string): void {
    for (const { key } of keysOf(email, place)) {
      const failures = this.#failures.get(key)
      if (failures !== undefined) failures.last = this.#now()
    }
  }

  /** It was the right password. */
  succeeded(email: string, place: string): void {
    for (const { key, name } of keysOf(email, place)) {
      if (name === 'pair') this.#succeededAs(key)
      else this.#takeBack(key)
    }
  }

  #succeededAs(pair: string): void {
    this.#failures.delete(pair)
    this.#known.delete(pair)
    this.#known.add(pair)
    const [oldest] = this.#known
    if (this.#known.size > MAX_ENTRIES && oldest !== undefined) this.#known.delete(oldest)
  }

  #takeBack(key: string): void {
    const failures = this.#failures.get(key)
    if (failures !== undefined) failures.count -= 1
  }
}

function keysOf(email: string, place: string) {
  const address = email.toLowerCase()
  const from = networkOf(place)
  return [
    { name: 'pair', key: `pair ${address} ${from}`, free: FREE.pair },
    { name: 'place', key: `place ${from}`, free: FREE.place },
    { name: 'address', key: `address ${address}`, free: FREE.address },
  ] as const
}

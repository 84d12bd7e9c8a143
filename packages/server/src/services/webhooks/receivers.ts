const MAX_KNOWN = 10_000
/** So many messages in a row without an answer make a receiver mute. */
const SILENCES = 2
/** A mute receiver is tried once in this time; messages that come due meanwhile count as not answered. */
const MUTE_MS = 60_000

interface Known {
  answered: boolean
  silences: number
  lastTry: number
}

/**
 * What is known of the receivers of each user. Those of one user say nothing about those of another: a path that never
 * answers would else make a whole host mute for everybody.
 */
export class Receivers {
  /** Tried longest ago first. */
  readonly #known = new Map<string, Known>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Has it ever answered, as far as this service remembers? */
  hasAnswered(userId: string, url: string): boolean {
    return this.#known.get(keyOf(userId, url))?.answered ?? false
  }

  /** Is it not to be tried now? Each time that this says no, a try is expected to follow. */
  isMute(userId: string, url: string): boolean {
    const known = this.#known.get(keyOf(userId, url))
    if (known === undefined || known.silences < SILENCES) return false
    if (this.#now() - known.lastTry < MUTE_MS) return true
    known.lastTry = this.#now()
    return false
  }

  /** What came of a try: any answer is one, whatever its status. */
  note(userId: string, url: string, answered: boolean): void {
    const key = keyOf(userId, url)
    const before = this.#known.get(key)
    this.#known.delete(key)
    this.#known.set(key, {
      answered: answered || (before?.answered ?? false),
      silences: answered ? 0 : (before?.silences ?? 0) + 1,
      lastTry: this.#now(),
    })
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }
}

function keyOf(userId: string, url: string): string {
  return `${userId} ${new URL(url).origin}`
}

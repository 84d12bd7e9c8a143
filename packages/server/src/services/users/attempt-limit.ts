import { createHmac } from 'node:crypto'
import type { Database } from '../../db/index.ts'
import {
  type AttemptCount,
  countAttempt,
  noteFailure,
  noteSuccess,
} from '../../db/queries/sign-in-attempts.ts'
import { networkOf } from './network-of.ts'

const WINDOW_MS = 15 * 60_000
/** The longest wait of a pair that has succeeded before. */
const KNOWN_MS = 30_000
/** Failed attempts that cost nothing: for one address at one place, for one place, for one address. */
const FREE = { pair: 5, place: 50, address: 100 } as const

type Kind = keyof typeof FREE
/** What counts for an attempt, by its kind. */
type Keys = Readonly<Record<Kind, string>>

/**
 * Slows down who guesses passwords, in all services of a database. Counts failures by e-mail address and by where they come
 * from. An address that has signed in from a place before is slowed down there for its own failures alone, and not for long:
 * others who guess, at the same place or elsewhere, keep nobody out.
 */
export class AttemptLimit {
  readonly #db: Database
  readonly #secret: string

  /** @param secret what addresses are made unreadable with */
  constructor(db: Database, secret: string) {
    this.#db = db
    this.#secret = secret
  }

  /**
   * Counts an attempt before it is made, so that many at once are no way round, and gives 0; or gives seconds until the next
   * one may be made, and counts nothing.
   */
  async begin(email: string, place: string): Promise<number> {
    const keys = this.#keysOf(email, place)
    return await countAttempt(this.#db, Object.values(keys), (counts) => waitSeconds(keys, counts))
  }

  /** It was the wrong password: the next attempt waits from now on, however long the check took. */
  async failed(email: string, place: string): Promise<void> {
    await noteFailure(this.#db, Object.values(this.#keysOf(email, place)))
  }

  /** It was the right password. */
  async succeeded(email: string, place: string): Promise<void> {
    const { pair, ...others } = this.#keysOf(email, place)
    await noteSuccess(this.#db, pair, Object.values(others))
  }

  #keysOf(email: string, place: string): Keys {
    const address = email.toLowerCase()
    const from = networkOf(place)
    const mac = (text: string) => createHmac('sha256', this.#secret).update(text).digest('base64url')
    return {
      pair: mac(`pair ${address} ${from}`),
      place: mac(`place ${from}`),
      address: mac(`address ${address}`),
    }
  }
}

/** Seconds until the next attempt may be made, by what was counted before; 0 when it may be made now. Pure. */
export function waitSeconds(keys: Keys, counts: readonly AttemptCount[]): number {
  const of = (kind: Kind) => counts.find(({ key }) => key === keys[kind])
  const isKnown = of('pair')?.succeeded ?? false
  const waits = (Object.keys(FREE) as Kind[]).map((kind) => {
    const count = of(kind)
    const free = FREE[kind]
    if (count === undefined || count.failures < free || (isKnown && kind !== 'pair')) return 0
    // Doubles from one second.
    const wait = Math.min(1000 * 2 ** Math.min(count.failures - free, 20), isKnown ? KNOWN_MS : WINDOW_MS)
    return Math.max(0, wait - count.agoMs)
  })
  return Math.ceil(Math.max(...waits) / 1000)
}

import { randomBytes } from 'node:crypto'
import type { Actor } from '../actor.ts'

/** How long a token is good, and how many one user may have that were not used. */
const TOKEN_MS = 60_000
const MAX_OF_USER = 200

/** Which display of which execution. */
export interface WantedDisplay {
  readonly id: string
  /** From 0 on, in the order in which they were shown. */
  readonly number: number
}

interface Ticket extends WantedDisplay {
  readonly actor: Actor
  readonly until: number
}

/** Tokens by which a frame without credentials reads one display, once. */
export class DisplayFrames {
  readonly #tickets = new Map<string, Ticket>()

  /** A token for this display, which is good for a minute. */
  issue(actor: Actor, wanted: WantedDisplay): string {
    this.#forgetOld(actor.userId)
    const token = randomBytes(24).toString('base64url')
    this.#tickets.set(token, { ...wanted, actor, until: Date.now() + TOKEN_MS })
    return token
  }

  /** What a token is for; it is good no more. Null where it never was, was used, or is too old. */
  take(token: string): Ticket | null {
    const ticket = this.#tickets.get(token)
    this.#tickets.delete(token)
    return ticket === undefined || ticket.until < Date.now() ? null : ticket
  }

  #forgetOld(userId: string): void {
    const now = Date.now()
    const ofUser: string[] = []
    for (const [token, { until, actor }] of this.#tickets)
      if (until < now) this.#tickets.delete(token)
      else if (actor.userId === userId) ofUser.push(token)
    // The oldest come first.
    for (const token of ofUser.slice(0, Math.max(0, ofUser.length - MAX_OF_USER + 1)))
      this.#tickets.delete(token)
  }
}

import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { networkOf } from '../services/users/network-of.ts'

const MAX_KNOWN = 10_000

/**
 * Whose credentials were found to be good lately, so that a request can be put into the line of its sender before anybody
 * is asked who that is. What was not seen before stands in the line of its address, whatever it claims: with a new key in
 * each request a stranger would have a line for each.
 */
export class KnownCallers {
  #users = new Map<string, string>()
  #older = new Map<string, string>()

  /** These credentials are those of a user. */
  note(credentials: string, userId: string): void {
    this.#users.set(digestOf(credentials), userId)
    if (this.#users.size < MAX_KNOWN / 2) return
    this.#older = this.#users
    this.#users = new Map()
  }

  /** The line for a request with these headers that comes from an address. */
  laneOf({ authorization, cookie }: IncomingHttpHeaders, address: string): string {
    const credentials = authorization ?? cookie
    const stranger = `at ${networkOf(address)}`
    if (credentials === undefined) return stranger
    const digest = digestOf(credentials)
    const userId = this.#users.get(digest) ?? this.#older.get(digest)
    return userId === undefined ? stranger : `user ${userId}`
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

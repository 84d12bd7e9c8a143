import { randomBytes } from 'node:crypto'
import type { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import type { Actor } from '../../services/actor.ts'
import type { Rights } from '../../services/users/rights.ts'

/** After so long without a request a connection ends. */
const IDLE_MS = 30 * 60_000
/** Connections of one user, and of all; for one more the one goes that was not used for longest. */
const MOST_OF_USER = 20
const MOST = 500

/** A client of the era with a handshake. */
export interface Connection {
  /** Whose it is: no other key, and no other user, may use it. */
  readonly actor: Actor
  readonly transport: WebStandardStreamableHTTPServerTransport
  /** The actor as of the request that is being answered. */
  see(actor: Actor): void
}

interface Kept extends Connection {
  readonly right: Disposable
  timer: NodeJS.Timeout
}

/** The clients that are connected, by the ids that they were given; those used last stand last. */
export class Connections {
  readonly #kept = new Map<string, Kept>()
  readonly #rights: Rights

  constructor(rights: Rights) {
    this.#rights = rights
  }

  newId(): string {
    return randomBytes(24).toString('base64url')
  }

  add(id: string, connection: Connection): void {
    const { userId, apiKeyId } = connection.actor
    const right = this.#rights.hold({ userId, apiKeyId, end: () => this.remove(id) })
    this.#kept.set(id, { ...connection, right, timer: this.#timer(id) })
    const own = [...this.#kept].filter(([, { actor }]) => actor.userId === userId)
    if (own.length > MOST_OF_USER) this.remove(own[0]?.[0] ?? id)
    const [oldest = id] = this.#kept.keys()
    if (this.#kept.size > MOST) this.remove(oldest)
  }

  /** The connection, if it is the actor's. */
  find(id: string, actor: Actor): Connection | null {
    const kept = this.#kept.get(id)
    if (kept === undefined) return null
    if (kept.actor.userId !== actor.userId || kept.actor.apiKeyId !== actor.apiKeyId) return null
    clearTimeout(kept.timer)
    kept.timer = this.#timer(id)
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    kept.see(actor)
    return kept
  }

  /** Ends a connection; runs that it began go on. */
  remove(id: string): void {
    const kept = this.#kept.get(id)
    if (kept === undefined) return
    this.#kept.delete(id)
    clearTimeout(kept.timer)
    kept.right[Symbol.dispose]()
    kept.transport.close().catch(() => {})
  }

  #timer(id: string): NodeJS.Timeout {
    return setTimeout(() => this.remove(id), IDLE_MS).unref()
  }
}

import type { SandboxSession } from 'agentchat-sandbox'
import { type Logger, loggable } from '../../logger.ts'
import type { GivenSession } from '../session-wire.ts'

/** How much a machine has of sessions between two uses. */
export interface CopyLimits {
  /** Of how many the worker stays awake. */
  readonly maxAwake: number
  /** Of how many, awake or not, and how many bytes of those at most. */
  readonly maxKept: number
  readonly maxBytes: number
  /** For how long after its use. */
  readonly idleSeconds: number
}

/** A session that is open here, in a state that the services keep under a name. */
export interface Copy {
  readonly given: GivenSession
  readonly object: string
  /** Of what is kept of it, which this process holds too. */
  readonly bytes: number
  readonly epoch: number
  readonly allowNet: readonly string[]
  readonly session: SandboxSession
  /** Ends it. */
  close(): Promise<void>
}

/**
 * Sessions that stay open between two uses, each in the very state that the services kept: the next use is given one only
 * where its row names that state. The worker of the one that was not used for longest goes first, then all of it.
 */
export class LiveCopies {
  readonly #limits: CopyLimits
  readonly #logger: Logger
  /** The one that was used last is the last one. */
  readonly #copies = new Map<string, { readonly copy: Copy; readonly timer: NodeJS.Timeout }>()
  readonly #closing = new Set<Promise<void>>()
  #isClosed = false

  constructor(limits: CopyLimits, logger: Logger) {
    this.#limits = limits
    this.#logger = logger
  }

  /** Is this state of the session here? */
  has(session: string, object: string): boolean {
    return this.#copies.get(session)?.copy.object === object
  }

  /** Gives the session for a use, which has it alone; null where it is not here as it is to be: then nothing of it is. */
  take(given: GivenSession, epoch: number, allowNet: readonly string[]): Copy | null {
    const copy = this.#remove(given.id)
    if (copy === null) return null
    const { key, owner } = copy.given
    const isSame = copy.object === given.kept?.object && copy.epoch === epoch
    if (isSame && key === given.key && owner === given.owner && sameHosts(copy.allowNet, allowNet))
      return copy
    this.#end(copy)
    return null
  }

  /** Keeps it for the next use, as far as there is room. */
  keep(copy: Copy): void {
    this.forget(copy.given.id)
    const { maxKept, idleSeconds } = this.#limits
    if (this.#isClosed || maxKept === 0) {
      this.#end(copy)
      return
    }
    const { id } = copy.given
    const timer = setTimeout(() => this.forget(id), idleSeconds * 1000).unref()
    this.#copies.set(id, { copy, timer })
    this.#trim(copy.given.live)
  }

  /** Ends what is here of a session. */
  forget(session: string): void {
    const copy = this.#remove(session)
    if (copy !== null) this.#end(copy)
  }

  /** Ends all of them: the right to have them is over. */
  forgetAll(): void {
    for (const id of [...this.#copies.keys()]) this.forget(id)
  }

  /** Ends all, and each that comes; resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.forgetAll()
    await Promise.all(this.#closing)
  }

  /** So many of one user, so many awake, so many at all, so many bytes: the one that was not used for longest goes first. */
  #trim({ user, most }: GivenSession['live']): void {
    const { maxAwake, maxKept, maxBytes } = this.#limits
    const newestFirst = [...this.#copies.values()].map(({ copy }) => copy).reverse()
    let [kept, awake, own, bytes] = [0, 0, 0, 0]
    for (const copy of newestFirst) {
      const isOwn = copy.given.live.user === user
      bytes += copy.bytes
      if (kept === maxKept || bytes > maxBytes || (isOwn && own >= most)) {
        bytes -= copy.bytes
        this.forget(copy.given.id)
        continue
      }
      kept += 1
      own += isOwn ? 1 : 0
      if (!copy.session.live) continue
      awake += 1
      if (awake > maxAwake) this.#rest(copy)
    }
  }

  /** It gives its worker back; what it is stays here. */
  #rest(copy: Copy): void {
    copy.session.rest().catch((error: unknown) => {
      this.#logger.debug({ session: copy.given.id, error: loggable(error) }, 'machine.session-not-rested')
      this.forget(copy.given.id)
    })
  }

  #remove(session: string): Copy | null {
    const found = this.#copies.get(session)
    if (found === undefined) return null
    clearTimeout(found.timer)
    this.#copies.delete(session)
    return found.copy
  }

  #end(copy: Copy): void {
    const closing: Promise<void> = copy
      .close()
      .catch((error: unknown) => {
        this.#logger.warn({ session: copy.given.id, error: loggable(error) }, 'machine.session-not-closed')
      })
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

function sameHosts(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...one].sort()) === JSON.stringify([...other].sort())
}

import type { SandboxSession } from 'agentchat-sandbox'
import type { Logger } from '../../logger.ts'
import { ConflictError, QuotaExceededError, ShuttingDownError } from '../errors.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { type LivePlace, LivePlaces } from './live-places.ts'
import { type Opened, type OpeningMeans, openInSlot } from './open-in-slot.ts'
import type { Opening } from './opening.ts'
import { SessionSlots } from './session-slots.ts'

/** A session that is not closed before it is let go. */
export interface SessionLease extends Disposable {
  readonly id: string
  /** Whose it is. */
  readonly userId: string
  readonly session: SandboxSession
  /** Aborted when the session is to be removed. */
  readonly signal: AbortSignal
  /** Has it gone on from before something that could not be kept? Told once. */
  takeLost(): boolean
}

interface Entry {
  readonly id: string
  readonly userId: string
  readonly opening: Promise<Opened>
  readonly controller: AbortController
  users: number
  idle: NodeJS.Timeout | undefined
  lost: boolean
}

/** What open sessions work with. */
interface Means extends OpeningMeans {
  readonly logger: Logger
  readonly maxLive: number
  readonly idleSeconds: number
}

/**
 * The sessions that this service has open: at most so many at a time, and nobody else has them. One that nobody has used
 * for a while, or whose place somebody else needs, goes to rest; what it is was kept after each use.
 */
export class OpenSessions {
  readonly #means: Means
  readonly #slots: SessionSlots
  /** The one that was used last is the last one. */
  readonly #entries = new Map<string, Entry>()
  /** Those that are being closed: a caller that wants one of them waits. */
  readonly #leaving = new Map<string, Promise<void>>()
  readonly #removing = new Set<string>()
  readonly #places = new LivePlaces()
  #closed = false

  constructor(means: Means) {
    this.#means = means
    this.#slots = new SessionSlots(means.maxLive)
  }

  /** How many are open. */
  get size(): number {
    return this.#entries.size
  }

  /** Is it open here? */
  isOpen(id: string): boolean {
    return this.#entries.has(id)
  }

  /**
   * Opens a session, or finds it open.
   * @throws ConflictError while it is being removed
   * @throws OverloadedError, ShuttingDownError, and what opening throws
   */
  async lease(wanted: Opening): Promise<SessionLease> {
    const { id } = wanted
    while (!this.#entries.has(id) && !this.#keepWithin(wanted.owner.userId, wanted.holders))
      await this.#restOneOf(wanted.owner.userId, wanted.holders)
    if (this.#closed) throw new ShuttingDownError()
    if (this.#removing.has(id)) throw new ConflictError(`Cannot use the session "${id}": it is being deleted`)
    const entry = this.#entries.get(id) ?? this.#newEntry(wanted)
    clearTimeout(entry.idle)
    entry.users += 1
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    try {
      const { session } = await entry.opening
      let held = true
      const letGo = () => {
        if (held) this.#letGo(entry)
        held = false
      }
      const takeLost = () => {
        const { lost } = entry
        entry.lost = false
        return lost
      }
      const { userId, controller } = entry
      return { id, userId, session, signal: controller.signal, takeLost, [Symbol.dispose]: letGo }
    } catch (error) {
      if (this.#entries.get(id) === entry) this.#entries.delete(id)
      throw error
    }
  }

  /**
   * A place for a live session that is kept nowhere, until it is disposed; it counts as any other one of the user. `rest` puts
   * the session to rest and gives the place back: it may be called whenever nothing goes on in it.
   * @throws QuotaExceededError, OverloadedError, ShuttingDownError
   */
  async place(
    userId: string,
    holders: readonly QuotaHolder[],
    rest: () => Promise<void>,
  ): Promise<LivePlace> {
    while (!this.#keepWithin(userId, holders)) await this.#restOneOf(userId, holders)
    if (this.#closed) throw new ShuttingDownError()
    const place = this.#places.add({ userId, rest, idle: () => this.#makeRoomIfWanted() })
    try {
      await this.#slots.take(() => this.#makeRoom())
    } catch (error) {
      place[Symbol.dispose]()
      throw error
    }
    let held = true
    return {
      use: () => place.use(),
      [Symbol.dispose]: () => {
        place[Symbol.dispose]()
        if (held) this.#slots.give()
        held = false
      },
    }
  }

  /**
   * Ends what goes on in a session and closes it. Nobody here opens it until what is given is disposed.
   * @throws ConflictError when somebody else does that already
   */
  async evict(id: string): Promise<Disposable> {
    if (this.#removing.has(id)) throw new ConflictError(`Cannot delete "${id}": it is being deleted already`)
    this.#removing.add(id)
    const entry = this.#entries.get(id)
    entry?.controller.abort(new Error('the session is deleted'))
    if (entry !== undefined) await this.#close(entry)
    await this.#leaving.get(id)
    return { [Symbol.dispose]: () => void this.#removing.delete(id) }
  }

  /** Puts a session to rest when what goes on in it has ended. */
  async rest(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry !== undefined) await this.#close(entry)
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#entries.values()].map((entry) => this.#close(entry)))
    await Promise.all(this.#leaving.values())
  }

  /** The owner has so many open at a time: another one that is idle goes to rest. Says whether there is room. */
  #keepWithin(ownerId: string, holders: readonly QuotaHolder[]): boolean {
    const own = [...this.#entries.values()].filter(({ userId }) => userId === ownerId)
    if (own.length + this.#places.countOf(ownerId) < mostOf(holders)) return true
    const idle = own.find(({ users }) => users === 0)
    if (idle !== undefined) void this.#close(idle)
    return idle !== undefined
  }

  /** Has one rest that is in the midst of a longer use, and waits for that. @throws QuotaExceededError */
  async #restOneOf(ownerId: string, holders: readonly QuotaHolder[]): Promise<void> {
    const rested = await this.#places.askToRest(ownerId)
    const facts = {
      quota: 'live-sessions',
      of: 'user',
      limit: mostOf(holders),
      retryAfterSeconds: 1,
    } as const
    if (!rested) throw new QuotaExceededError(facts)
  }

  #newEntry(wanted: Opening): Entry {
    const { id } = wanted
    return {
      ...{ id, userId: wanted.owner.userId, opening: this.#open(wanted), controller: new AbortController() },
      ...{ users: 0, idle: undefined, lost: wanted.unsaved },
    }
  }

  async #open(wanted: Opening): Promise<Opened> {
    await this.#leaving.get(wanted.id)
    await this.#slots.take(() => this.#makeRoom())
    try {
      return await openInSlot(this.#means, wanted, {
        rest: (id) => void this.rest(id),
        free: () => this.#slots.give(),
      })
    } catch (error) {
      this.#slots.give()
      throw error
    }
  }

  #letGo(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0) return
    entry.idle = setTimeout(() => void this.#close(entry), this.#means.idleSeconds * 1000).unref()
    this.#makeRoomIfWanted()
  }

  #makeRoomIfWanted(): void {
    if (this.#slots.wanted) this.#makeRoom()
  }

  /** Closes the one that was not used for longest, or has one rest that is in the midst of a longer use. */
  #makeRoom(): void {
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue
      void this.#close(entry)
      return
    }
    void this.#places.askToRest()
  }

  #close(entry: Entry): Promise<void> {
    const { id } = entry
    clearTimeout(entry.idle)
    if (this.#entries.get(id) !== entry) return this.#leaving.get(id) ?? Promise.resolve()
    this.#entries.delete(id)
    const leaving = this.#leave(entry).finally(() => this.#leaving.delete(id))
    this.#leaving.set(id, leaving)
    return leaving
  }

  async #leave({ id, opening }: Entry): Promise<void> {
    const opened = await opening.catch(() => null)
    if (opened === null) return
    // In turn with what goes on in it. What it holds that cannot be kept is lost, which its next result tells.
    await opened.session.rest().catch((error: unknown) => {
      this.#means.logger.info({ session: id, reason: String(error) }, 'session.rested-without')
    })
    await opened.end()
  }
}

/** As many sessions as the user among these may have open. */
function mostOf(holders: readonly QuotaHolder[]): number {
  return holders.find(({ kind }) => kind === 'user')?.limits.liveSessions ?? Number.POSITIVE_INFINITY
}

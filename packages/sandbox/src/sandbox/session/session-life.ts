import { SandboxClosedError, SandboxError, SessionClosedError, SessionSaveError } from '../errors.ts'
import { WorkerFiles } from '../files/worker-files.ts'
import { WorkerGoneError } from '../worker/worker-asks.ts'
import { type GoodState, GoodStates } from './good-states.ts'
import type { SessionParts } from './session-parts.ts'
import { LiveWorker } from './session-state.ts'
import type { WorkerHolder } from './session-workers.ts'
import { Turns } from './turns.ts'

/**
 * The life of a session: whose turn it is, the worker that it has or has not, and its good states. A worker is held from
 * the first turn that needs one until it ends, the session goes to rest, or somebody else needs it more.
 */
export class SessionLife implements WorkerHolder {
  readonly parts: SessionParts
  readonly states: GoodStates
  readonly #turns = new Turns()
  #opened = false
  #live: LiveWorker | null = null
  #idle: NodeJS.Timeout | undefined
  #closed = false
  /** Why the session went on from its good state while no result could say so. */
  #untold: string | null = null

  constructor(parts: SessionParts, history: readonly GoodState[]) {
    this.parts = parts
    this.states = new GoodStates(parts.checkpoints, history)
  }

  /** Does it have a worker? */
  get live(): boolean {
    return this.#live !== null
  }

  /**
   * Waits for its turn, opens the session when that has not happened, and gives what ends the turn.
   * @throws SessionClosedError, and what opening throws
   */
  async enter(): Promise<() => void> {
    const leave = await this.#turns.enter()
    clearTimeout(this.#idle)
    try {
      if (this.#closed) throw new SessionClosedError()
      if (!this.#opened) this.states.begin(await this.parts.record.open())
      this.#opened = true
    } catch (error) {
      leave()
      throw error
    }
    return () => {
      this.#restLater()
      leave()
      this.parts.workers.settled()
    }
  }

  /** Does something in a turn of its own. */
  async alone<Value>(action: () => Promise<Value>): Promise<Value> {
    const leave = await this.enter()
    try {
      return await action()
    } finally {
      leave()
    }
  }

  /** The worker, which wakes up from the last good state where there is none. */
  async awake(signal?: AbortSignal): Promise<LiveWorker> {
    const { workers, limits } = this.parts
    workers.touch(this)
    if (this.#live !== null) return this.#live
    const worker = await workers.hold(this, signal)
    try {
      this.#live = await LiveWorker.begin(worker, this.states.last, limits)
    } catch (error) {
      workers.drop(this, worker)
      throw error
    }
    if (this.#closed) {
      this.giveUp()
      throw new SandboxClosedError()
    }
    return this.#live
  }

  /** The files of the worker, which has just answered: its end may not have been noticed before. */
  async awakeForFiles(): Promise<WorkerFiles> {
    for (let tries = 2; ; tries--) {
      await this.notice()
      const files = new WorkerFiles((await this.awake()).worker)
      const end = await files.stat('').catch((error: unknown) => error)
      if (!(end instanceof WorkerGoneError) || tries === 0) return files
    }
  }

  /** Gives up a worker that has ended while nobody looked; the next result will say so. */
  async notice(): Promise<void> {
    await this.states.take(this.#live)
    if (this.#live === null || this.#live.worker.alive) return
    this.giveUp()
    this.#untold = 'crashed'
  }

  /** Why the session went on from its good state since the last result. Asked once. */
  takeUntold(): string | null {
    const reason = this.#untold
    this.#untold = null
    return reason
  }

  /** Something has changed: begins to keep what there is now, or gives up a worker that is no more. */
  changed(): void {
    if (this.#live?.worker.alive !== true) this.giveUp()
    else this.#live.keep()
  }

  /** Takes what was kept; what could not be is tried once more. @throws SessionSaveError */
  takeState(): Promise<void> {
    return this.states.takeCurrent(this.#live)
  }

  /** The good state, which is made where the session has run nothing yet. @throws SessionSaveError */
  async keptState(): Promise<NonNullable<GoodState>> {
    await this.takeState()
    if (this.states.last === null) {
      await this.awake()
      this.changed()
      await this.takeState()
    }
    if (this.states.last === null) throw new SessionSaveError('a session that was lost')
    return this.states.last
  }

  /**
   * Has the store hold what there is now, where the session has a store. Gives null, or why it cannot.
   * @throws what is no failure of keeping
   */
  async store(): Promise<SandboxError | null> {
    if (this.parts.record.id === null) return null
    try {
      const failure = await this.states.take(this.#live)
      await this.parts.record.store(this.states.last)
      return failure
    } catch (error) {
      if (error instanceof SandboxError) return error
      throw error
    }
  }

  /** Gives the worker back when nothing is under way and nothing would be lost. Says whether it did. */
  async rest(): Promise<boolean> {
    const leave = this.#turns.enterNow()
    if (leave === null) return false
    try {
      if (this.#live === null || (await this.#restNow()) !== null) return false
      return true
    } finally {
      leave()
    }
  }

  /** The same in a turn of its own. @throws SessionSaveError, SessionStoreError: why it has to stay awake */
  restInTurn(): Promise<void> {
    return this.alone(async () => {
      if (this.#live === null) return
      await this.takeState()
      const failure = await this.#restNow()
      if (failure !== null) throw failure
    })
  }

  /** Does without the worker. What it did since the last good state is lost. */
  giveUp(): void {
    clearTimeout(this.#idle)
    if (this.#live !== null) this.parts.workers.drop(this, this.#live.worker)
    this.#live = null
  }

  /** Ends the session; turns that wait are refused. What was kept is there when this resolves. */
  async close(): Promise<void> {
    this.#closed = true
    this.giveUp()
    await this.parts.record.close()
  }

  async #restNow(): Promise<SandboxError | null> {
    const failure = (await this.states.take(this.#live)) ?? (await this.store())
    if (failure === null) this.giveUp()
    return failure
  }

  #restLater(): void {
    clearTimeout(this.#idle)
    if (this.#live === null) return
    this.#idle = setTimeout(() => void this.rest(), this.parts.idleSeconds * 1000).unref()
  }
}

import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { closingController } from '../closing.ts'
import { SandboxError, SessionClosedError, SessionSaveError } from '../errors/errors.ts'
import { WorkerGoneError } from '../worker/pending-asks.ts'
import { WorkspaceFiles } from '../worker/workspace-files.ts'
import type { LeaseHolder } from '../workers/live-leases.ts'
import { GoodStates } from './good-states.ts'
import type { GoodState, LiveWorker } from './live-worker.ts'
import type { LifeParts } from './session-parts.ts'
import { Turns } from './turns.ts'
import { wokenWorker } from './woken-worker.ts'

/**
 * The life of a session: whose turn it is, the worker that it has or has not, and its good states. A worker is held from
 * the first turn that needs one until it ends, the session goes to rest, or somebody else needs it more.
 */
export class Life implements LeaseHolder {
  readonly parts: LifeParts
  readonly states: GoodStates
  readonly #turns = new Turns()
  readonly #closing = closingController()
  #opening: Promise<void> | null = null
  #live: LiveWorker | null = null
  #idle: NodeJS.Timeout | undefined
  /** CPU time of workers that were given up, or that installing took, in milliseconds: the next result is charged. */
  #owedMs = 0
  /** Why the session went on from its good state while no result could say so. */
  #untold: string | null = null

  constructor(parts: LifeParts, history: readonly GoodState[]) {
    this.parts = parts
    this.states = new GoodStates(parts.checkpoints, history)
  }

  /** Does it have a worker? */
  get live(): boolean {
    return this.#live !== null
  }

  /** Aborted with a `SessionClosedError` when the session is closed: who waits for anything goes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /**
   * Waits for its turn, opens the session when that has not happened, and gives what ends the turn. Rejects with the
   * reason of the signal, by default that of `closing`, when that is aborted first.
   * @throws SessionClosedError, and what opening throws
   */
  async enter(signal = this.closing): Promise<() => void> {
    const leave = await this.#turns.enter(signal)
    clearTimeout(this.#idle)
    try {
      this.closing.throwIfAborted()
      await untilAborted(this.#open(), signal)
    } catch (error) {
      leave()
      throw error
    }
    return () => {
      this.#restLater()
      leave()
      this.parts.leases.settled()
      this.#standStill()
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
  async awake(signal = this.closing): Promise<LiveWorker> {
    this.parts.leases.touch(this)
    if (this.#live !== null) return this.#live
    this.#live = await wokenWorker(this, signal)
    if (this.closing.aborted) {
      this.giveUp()
      throw this.closing.reason
    }
    return this.#live
  }

  /** The files of the worker, which has just answered: its end may not have been noticed before. */
  async awakeForFiles(): Promise<WorkspaceFiles> {
    for (let tries = 2; ; tries--) {
      await this.notice()
      const files = new WorkspaceFiles((await this.awake()).worker)
      const end = await files.stat('').catch((error: unknown) => error)
      if (!(end instanceof WorkerGoneError) || tries === 0) return files
    }
  }

  /** Gives up a worker that has ended while nobody looked; the next result will say so. */
  async notice(signal = this.closing): Promise<void> {
    await untilAborted(this.states.take(this.#live), signal)
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
  takeState(signal = this.closing): Promise<void> {
    return untilAborted(this.states.takeCurrent(this.#live), signal)
  }

  /** The good state, which is made where the session has run nothing yet. @throws SessionSaveError */
  async keptState(signal = this.closing): Promise<NonNullable<GoodState>> {
    await this.takeState(signal)
    if (this.states.last === null) {
      await this.awake(signal)
      this.changed()
      await this.takeState(signal)
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
    const rested = async () => this.#live !== null && (await this.#restNow()) === null
    return (await this.whileIdle(rested)) ?? false
  }

  /** Does something at once, where nobody has the turn; gives null where somebody has. */
  async whileIdle<Value>(action: () => Promise<Value>): Promise<Value | null> {
    const leave = this.#turns.enterNow()
    if (leave === null) return null
    try {
      return await action()
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
    if (this.#live === null) return
    this.owe(this.#live.worker.cpu.take())
    this.#live[Symbol.dispose]()
    this.#live = null
  }

  /** CPU time, in milliseconds, that the next result is charged with. */
  owe(cpuMs: number): void {
    this.#owedMs += cpuMs
  }

  /** CPU time that nobody has been charged with yet, in milliseconds; from now on somebody is. */
  takeCpu(): number {
    const cpuMs = this.#owedMs + (this.#live?.worker.cpu.take() ?? 0)
    this.#owedMs = 0
    return cpuMs
  }

  /** Ends the session; turns that wait are refused. What was kept is there when this resolves. */
  async close(): Promise<void> {
    this.#closing.abort(new SessionClosedError())
    this.giveUp()
    await this.parts.record.close()
  }

  /** Once, however many wait for it; one that has failed may be tried again. */
  #open(): Promise<void> {
    this.#opening ??= this.parts.record.open().then(
      (state) => this.states.begin(state),
      (error: unknown) => {
        this.#opening = null
        throw error
      },
    )
    return this.#opening
  }

  /** Between two turns, once what there is has been kept, the worker gets no processor. */
  #standStill(): void {
    const live = this.#live
    if (live === null) return
    const standing = live.kept().then(() => {
      if (this.#live === live && !this.#turns.taken) live.worker.standStill()
    })
    inBackground(standing)
  }

  async #restNow(): Promise<SandboxError | null> {
    const failure = (await this.states.take(this.#live)) ?? (await this.store())
    if (failure === null) this.giveUp()
    return failure
  }

  #restLater(): void {
    clearTimeout(this.#idle)
    if (this.#live === null) return
    this.#idle = setTimeout(() => inBackground(this.rest()), this.parts.idleSeconds * 1000).unref()
  }
}

import { cancelledResult } from '../build-result.ts'
import { SandboxClosedError, SessionClosedError, SessionSaveError } from '../errors.ts'
import type { ExecutionEvent } from '../events.ts'
import type { ExecutionOptions } from '../execution-options.ts'
import { collect, type PythonExecutor } from '../executor.ts'
import { giveFiles } from '../files/give-files.ts'
import { WorkerFiles } from '../files/worker-files.ts'
import type { ExecutionRequest } from '../request.ts'
import type { CodeExecutionResult } from '../result.ts'
import { withMethods } from '../result-methods.ts'
import { type GoodState, GoodStates } from './good-states.ts'
import type { SealedSession } from './seal.ts'
import { type FilesTurn, SessionFiles } from './session-files.ts'
import type { SessionParts, Since } from './session-parts.ts'
import { LiveWorker } from './session-state.ts'
import type { WorkerHolder } from './session-workers.ts'
import { Turns } from './turns.ts'

/**
 * Python that remembers: what one execution leaves, the next one finds. Executions run one after the other, in one
 * worker. The good state is kept after each execution during which the worker lived; when a worker had to be killed, the
 * session goes on from it, and the result says so.
 */
export class SandboxSession implements PythonExecutor, WorkerHolder {
  readonly #parts: SessionParts
  readonly #turns = new Turns()
  readonly #states: GoodStates
  #opened = false
  #live: LiveWorker | null = null
  #idle: NodeJS.Timeout | undefined
  #closed = false
  /** Why the session went on from its good state while no result could say so. */
  #untold: string | null = null
  /** The files in its working folder. Each use waits for its turn, as executions do. */
  readonly files: SessionFiles

  /** Made by `sandbox.session()`. */
  constructor(parts: SessionParts, history: readonly GoodState[]) {
    this.#parts = parts
    this.#states = new GoodStates(parts.checkpoints, history)
    this.files = new SessionFiles(() => this.#beginFiles(), parts.limits.maxFileBytes)
  }

  /** Runs `code` to its end, after the executions that came before. Throws as `PyodideSandbox.execute` does. */
  execute(code: string, options: ExecutionOptions = {}): Promise<CodeExecutionResult> {
    return collect(this.stream(code, options))
  }

  /** Runs `code` and yields what happens. Leaving the loop ends the run, and the session goes on from before it. */
  async *stream(code: string, options: ExecutionOptions = {}): AsyncGenerator<ExecutionEvent, void, void> {
    const request = this.#parts.request(code, options)
    const asked = performance.now()
    const leave = await this.#enter()
    const since: Since = { asked, queueMs: performance.now() - asked, died: null }
    let result: CodeExecutionResult | null = null
    try {
      for await (const event of this.#run(request, since)) {
        if (event.type === 'finished') result = event.result
        else yield event
      }
    } finally {
      if (result === null) this.#giveUp()
      leave()
      this.#parts.workers.settled()
    }
    // Whoever has the result may go on with the session at once.
    if (result !== null) yield { type: 'finished', result }
  }

  /**
   * The session as bytes, sealed, and what is in them. The session goes on.
   * @throws SessionSaveError naming what cannot be kept
   */
  save(): Promise<SealedSession> {
    return this.#alone(async () => {
      await this.#states.takeCurrent(this.#live)
      if (this.#states.last === null) {
        const live = await this.#awake(undefined)
        live.keep()
        await this.#states.takeCurrent(this.#live)
      }
      if (this.#states.last === null) throw new SessionSaveError('a session that was lost')
      return await this.#parts.seal(this.#states.last)
    })
  }

  /**
   * A second session with the same state, independent from now on.
   * @throws SessionSaveError naming what cannot be kept
   */
  fork(): Promise<SandboxSession> {
    return this.#alone(async () => {
      await this.#states.takeCurrent(this.#live)
      return this.#parts.fork(this.#states.last, this.#states.before)
    })
  }

  /**
   * Goes back to what the session was `count` executions ago. Needs `checkpoints`.
   * @throws RangeError when it has not been kept for so long
   */
  rewind(count: number): Promise<void> {
    return this.#alone(async () => {
      await this.#states.take(this.#live)
      this.#states.rewind(count)
      this.#giveUp()
    })
  }

  /** Ends the session and its worker. What was not saved is gone. */
  async close(): Promise<void> {
    this.#closed = true
    this.#giveUp()
    this.#parts.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Gives the worker back when nothing is under way and nothing would be lost. */
  async rest(): Promise<boolean> {
    const leave = this.#turns.enterNow()
    if (leave === null) return false
    try {
      if (this.#live === null || (await this.#states.take(this.#live)) !== null) return false
      this.#giveUp()
      return true
    } finally {
      leave()
    }
  }

  async #alone<Value>(action: () => Promise<Value>): Promise<Value> {
    const leave = await this.#enter()
    try {
      return await action()
    } finally {
      leave()
    }
  }

  async #enter(): Promise<() => void> {
    const leave = await this.#turns.enter()
    clearTimeout(this.#idle)
    try {
      if (this.#closed) throw new SessionClosedError()
      if (!this.#opened) this.#states.begin(await this.#parts.open())
      this.#opened = true
      return leave
    } catch (error) {
      leave()
      throw error
    }
  }

  async #beginFiles(): Promise<FilesTurn> {
    const leave = await this.#enter()
    const end = (changed: boolean) => {
      this.#ended(changed)
      leave()
      this.#parts.workers.settled()
    }
    try {
      this.#untold = (await this.#lost()) ?? this.#untold
      const { worker } = await this.#awake(undefined)
      return { files: new WorkerFiles(worker), end }
    } catch (error) {
      leave()
      throw error
    }
  }

  async *#run(request: ExecutionRequest, since: Since): AsyncGenerator<ExecutionEvent> {
    const { signal } = request
    const lost = (await this.#lost()) ?? since.died ?? this.#untold
    this.#untold = null
    const live = await this.#awake(signal).catch((error: unknown) => {
      if (signal?.aborted) return null
      throw error
    })
    if (live === null || signal?.aborted) {
      yield { type: 'finished', result: cancelledResult(request, performance.now() - since.asked) }
      return
    }
    const startMs = performance.now() - since.asked - since.queueMs
    await giveFiles(live.worker, request)
    const { keeper } = this.#parts
    for await (const event of live.run(request, { queueMs: since.queueMs, startMs, keeper })) {
      if (event.type === 'started' && since.died !== null) continue
      if (event.type !== 'finished') {
        yield event
        continue
      }
      const { error, usage } = event.result
      this.#ended()
      if (error?.kind === 'crashed' && usage.wallMs === 0 && lost === null) {
        // It had died before, and nobody had noticed: the code has not begun.
        yield* this.#run(request, { ...since, died: 'crashed' })
        return
      }
      const reason = live.worker.alive ? lost : (error?.kind ?? 'crashed')
      yield {
        type: 'finished',
        result: withMethods({ ...event.result, sessionRestored: reason === null ? null : { reason } }),
      }
    }
  }

  /** Why the session has to go on from its good state, or null when its worker lives. */
  async #lost(): Promise<string | null> {
    await this.#states.take(this.#live)
    if (this.#live === null || this.#live.worker.alive) return null
    this.#giveUp()
    return 'crashed'
  }

  async #awake(signal: AbortSignal | undefined): Promise<LiveWorker> {
    const { workers, limits } = this.#parts
    workers.touch(this)
    if (this.#live !== null) return this.#live
    const worker = await workers.hold(this, signal)
    try {
      this.#live = await LiveWorker.begin(worker, this.#states.last, limits)
    } catch (error) {
      workers.drop(this, worker)
      throw error
    }
    if (this.#closed) {
      this.#giveUp()
      throw new SandboxClosedError()
    }
    return this.#live
  }

  /** A turn has ended: keeps what it left, or gives up a worker that is no more. */
  #ended(changed = true): void {
    if (this.#live?.worker.alive !== true) this.#giveUp()
    else {
      if (changed) this.#live.keep()
      this.#idle = setTimeout(() => void this.rest(), this.#parts.idleSeconds * 1000).unref()
    }
  }

  #giveUp(): void {
    clearTimeout(this.#idle)
    if (this.#live !== null) this.#parts.workers.drop(this, this.#live.worker)
    this.#live = null
  }
}

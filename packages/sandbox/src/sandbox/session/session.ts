import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import type { SandboxError } from '../errors/errors.ts'
import { cancelledResult } from '../execution/build-result.ts'
import { collect } from '../execution/execute.ts'
import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import { withMethods } from '../result/result-methods.ts'
import type { StateReport } from '../result/session-metadata.ts'
import type { SealedSession } from '../seal/seal.ts'
import { endProgram } from './end-program.ts'
import { Life } from './life.ts'
import type { GoodState } from './live-worker.ts'
import type { PythonSession } from './python-session.ts'
import { SessionFiles } from './session-files.ts'
import { type InstalledPackage, installInSession } from './session-install.ts'
import { type ForkOptions, parseForkOptions } from './session-options.ts'
import type { LifeParts, Since } from './session-parts.ts'
import { runInSession } from './session-run.ts'

/** What a session needs of its sandbox. */
interface SessionParts extends LifeParts {
  /** A session of its own with this state and this past. */
  fork(state: GoodState, history: readonly GoodState[], options: ForkOptions): Promise<SandboxSession>
  closed(session: SandboxSession): void
}

/**
 * Python that remembers: what one execution leaves, the next one finds. Executions run one after the other, in one
 * worker. The good state is kept after each execution during which the worker lived; when a worker had to be killed, the
 * session goes on from it, and the result says so. With an `id` it is kept in the store before the result is given.
 */
export class SandboxSession implements PythonSession {
  readonly #parts: SessionParts
  readonly #life: Life
  /** Has what it is now been saved? */
  #goesOn = false
  /** The files in its working folder. Each use waits for its turn, as executions do. */
  readonly files: SessionFiles

  /** Made by `sandbox.session()`. */
  constructor(parts: SessionParts, history: readonly GoodState[]) {
    this.#parts = parts
    this.#life = new Life(parts, history)
    this.files = new SessionFiles(this.#life, parts.limits.maxFileBytes)
  }

  /** The name under which it is kept in the store; null where it is not. */
  get id(): string | null {
    return this.#parts.record.id
  }

  /** Does it hold a worker now? */
  get live(): boolean {
    return this.#life.live
  }

  /** How far `rewind` can go back now: what the session held then, the newest first; null where it had run nothing yet. */
  get checkpoints(): readonly (StateReport | null)[] {
    return this.#life.states.before.map((state) => state?.report ?? null).reverse()
  }

  /**
   * Opens the session now, so that what is wrong with it is told before it is used. It takes no worker yet.
   * @throws SessionUnknownError, SessionExistsError, SessionInUseError, SessionStoreError
   * @throws SessionRefusedError when its bytes are not what was sealed for this owner
   */
  start(): Promise<void> {
    return this.#life.alone(async () => {})
  }

  /** Runs `code` to its end, after the executions that came before. Throws as `PyodideSandbox.execute` does. */
  execute(code: string, options: ExecutionOptions = {}): Promise<CodeExecutionResult> {
    return collect(this.stream(code, options))
  }

  /** Runs `code` and yields what happens. Leaving the loop ends the run, and the session goes on from before it. */
  async *stream(code: string, options: ExecutionOptions = {}): AsyncGenerator<ExecutionEvent, void, void> {
    const request = this.#parts.request(code, options)
    const asked = performance.now()
    using joined = joinSignals(this.#life.closing, request.signal)
    const since = { asked, signal: joined.signal }
    let result: CodeExecutionResult | null = null
    try {
      for await (const event of this.#inTurn(request, since)) {
        if (event.type === 'finished') result = event.result
        else yield event
      }
    } catch (error) {
      // An execution that is cancelled before it begins is a result, not an exception, as without a session.
      if (this.#life.closing.aborted || !request.signal?.aborted) throw error
      result = cancelledResult(request, performance.now() - asked)
    }
    // The turn has ended: a caller that has the result may use the session at once.
    if (result !== null) yield { type: 'finished', result }
  }

  async *#inTurn(
    request: ExecutionRequest,
    { asked, signal }: Pick<Since, 'asked' | 'signal'>,
  ): AsyncGenerator<ExecutionEvent> {
    const leave = await this.#life.enter(signal)
    const since = { asked, signal, queueMs: performance.now() - asked, died: null }
    let storing: Promise<SandboxError | null> = Promise.resolve(null)
    let begun = false
    let whole = false
    this.#goesOn = false
    try {
      for await (const event of runInSession(this.#life, request, since)) {
        begun ||= event.type === 'started'
        if (event.type !== 'finished') yield event
        else {
          whole = true
          storing = this.#life.store()
          const unsaved = await storedInTime(storing, signal)
          yield { type: 'finished', result: completed(event.result, unsaved, this.#life.takeCpu()) }
        }
      }
    } finally {
      // Half an execution is none: the session goes on from before it.
      if (begun && !whole) this.#life.giveUp()
      inBackground(storing.finally(leave))
    }
  }

  /**
   * The session as bytes, sealed, and what is in them. The session goes on.
   * @throws SessionSaveError naming what cannot be kept
   */
  save(): Promise<SealedSession> {
    return this.#life.alone(async () => {
      const state = await this.#life.keptState()
      await this.#store()
      this.#goesOn = true
      return await this.#parts.record.seal(state)
    })
  }

  /**
   * A second session with the same state, independent from now on. With an `id` it is in the store when this resolves.
   * @throws SessionSaveError naming what cannot be kept
   * @throws SessionExistsError, SessionInUseError, SessionStoreError
   */
  async fork(options: ForkOptions = {}): Promise<SandboxSession> {
    const parsed = parseForkOptions(options)
    return await this.#life.alone(async () => {
      await this.#life.takeState()
      const { last, before } = this.#life.states
      return await this.#parts.fork(last, before, parsed)
    })
  }

  /**
   * Goes back to what the session was `count` executions ago. Needs `checkpoints`.
   * @throws RangeError when it has not been kept for so long
   */
  rewind(count: number): Promise<void> {
    return this.#life.alone(async () => {
      await this.#life.notice()
      this.#life.states.rewind(count)
      this.#life.giveUp()
      await this.#store()
    })
  }

  /**
   * Adds packages, and those that they need, after what was asked before: found, fetched and checked by the host, in the
   * places where images have theirs from. Nothing that is there already is changed. Gives what is new.
   * @throws PackageError naming what cannot be had, or not be imported, with the reason
   * @throws SessionSaveError naming what cannot be kept: there must be a state to go back to
   */
  install(...packages: readonly string[]): Promise<readonly InstalledPackage[]> {
    return this.#life.alone(() => installInSession(this.#life, packages))
  }

  /**
   * Gives the worker back, after what was asked before; the next use wakes the session up.
   * @throws SessionSaveError, SessionStoreError: nothing is lost, and the session stays awake
   */
  rest(): Promise<void> {
    return this.#life.restInTurn()
  }

  /**
   * Ends the session and its worker at once. What is in the store stays there; what was not saved is gone. A program that
   * does not go on from a save has its end before, for at most a second, where it could be seen: in files, for instance.
   */
  async close(): Promise<void> {
    if (this.id === null && !this.#goesOn) await endProgram(this.#life).catch(() => {})
    await this.#life.close().finally(() => this.#parts.closed(this))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #store(): Promise<void> {
    const failure = await this.#life.store()
    if (failure !== null) throw failure
  }
}

/** The result of an execution of the session, with what became of the session and all that its worker took. */
function completed(
  result: CodeExecutionResult,
  unsaved: string | null,
  moreCpuMs: number,
): CodeExecutionResult {
  const { usage } = result
  const sessionUnsaved = unsaved === null ? result.sessionUnsaved : { reason: unsaved }
  return withMethods({ ...result, sessionUnsaved, usage: { ...usage, cpuMs: usage.cpuMs + moreCpuMs } })
}

/** How long a cancelled execution waits for the store, in milliseconds. */
const AFTER_ABORT_MS = 50

/**
 * Waits for what an execution left to be kept. Gives null, or why the store does not hold it. When the signal is aborted it
 * is not waited for any longer, and goes on.
 */
async function storedInTime(
  storing: Promise<SandboxError | null>,
  signal: AbortSignal,
): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  let onAbort = () => {}
  const late = new Promise<string>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, AFTER_ABORT_MS, 'the execution was given up while it was being kept')
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
  })
  try {
    return await Promise.race([storing.then((failure) => failure?.message ?? null), late])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

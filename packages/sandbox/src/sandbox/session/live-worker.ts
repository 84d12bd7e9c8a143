import { SessionSaveError } from '../errors/errors.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import { type RunContext, runOnWorker } from '../execution/run.ts'
import type { ExecutionEvent } from '../result/events.ts'
import {
  type EarlierSave,
  InstallQuestion,
  type SavedState,
  SaveQuestion,
  WakeQuestion,
  type WheelToUnpack,
} from '../worker/session-questions.ts'
import type { Worker } from '../worker/worker.ts'
import type { Lease } from '../workers/pool.ts'

/** What a session was when it could last be kept; null is a session that has run nothing. */
export type GoodState = SavedState | null

/** What a session may take. */
export interface StateLimits {
  /** Session bytes, at rest. */
  readonly maxSessionBytes: number
  readonly memoryLimitBytes: number
  /** Bytes of all its files together, and how many there may be. */
  readonly maxFileBytes: number
  readonly maxFiles: number
}

/** The limits for the sessions of a sandbox with these options. */
export function sessionLimits({
  memoryLimitMb,
  ...others
}: Omit<StateLimits, 'memoryLimitBytes'> & { readonly memoryLimitMb: number }): StateLimits {
  const { maxSessionBytes, maxFileBytes, maxFiles } = others
  return { maxSessionBytes, memoryLimitBytes: memoryLimitMb * 2 ** 20, maxFileBytes, maxFiles }
}

/** Beside the heap: files, and what describes both. */
const OTHER_PLAIN_BYTES = 2 ** 30

/** The worker of a session, and what of the session is kept outside of it. */
export class LiveWorker implements Disposable {
  readonly worker: Worker
  readonly #lease: Lease
  readonly #limits: StateLimits
  #runs = 0
  #saves = 0
  /** The last save that came: the next one need not send again what is in it. */
  #saved: EarlierSave | null = null
  #saving: Promise<SavedState | SessionSaveError> | null = null

  private constructor(lease: Lease, limits: StateLimits) {
    this.worker = lease.worker
    this.#lease = lease
    this.#limits = limits
  }

  /** Makes an idle worker that has run nothing into the session. @throws SessionWakeError */
  static async begin(
    lease: Lease,
    state: GoodState,
    limits: StateLimits,
    signal: AbortSignal,
  ): Promise<LiveWorker> {
    const { worker } = lease
    const { memoryLimitBytes, maxFileBytes, maxFiles } = limits
    const files = { maxFileBytes, maxFiles }
    const maxPlainBytes = memoryLimitBytes + OTHER_PLAIN_BYTES
    if (state === null) worker.begin({ type: 'begin-session', ...files })
    else {
      const woken = { maxPlainBytes, memoryLimitBytes, ...files }
      await worker.askIdle(new WakeQuestion(state.content, woken), signal)
    }
    return new LiveWorker(lease, limits)
  }

  /** Does without the worker, which is destroyed. */
  [Symbol.dispose](): void {
    this.#lease[Symbol.dispose]()
  }

  /** Runs code in the worker; see `runOnWorker`. */
  run(
    request: ExecutionRequest,
    context: Omit<RunContext, 'interpreter'>,
  ): AsyncGenerator<ExecutionEvent, void, void> {
    this.#runs += 1
    const program = { ...request, message: { ...request.message, run: this.#runs } }
    return runOnWorker(this.worker, program, { ...context, interpreter: 'session' })
  }

  /** Unpacks wheels into the worker. Gives the modules at the top of each. @throws PackageError */
  unpack(wheels: readonly WheelToUnpack[], signal: AbortSignal): Promise<readonly (readonly string[])[]> {
    return this.worker.askIdle(new InstallQuestion(wheels, this.#limits.maxFileBytes), signal)
  }

  /** Begins to keep what the session is now, while nobody waits for it. */
  keep(): void {
    this.#saves += 1
    const save = this.#saves
    const question = new SaveQuestion(save, this.#limits.maxSessionBytes, this.#saved)
    this.#saving = this.worker.askIdle(question).then(
      (state) => {
        this.#saved = { save, content: state.content }
        return state
      },
      (error: unknown) =>
        error instanceof SessionSaveError ? error : new SessionSaveError('the worker', { cause: error }),
    )
  }

  /** Resolves when nothing is being kept any more: to what was kept, or why it could not be; null when nothing was. */
  kept(): Promise<SavedState | SessionSaveError | null> {
    return this.#saving ?? Promise.resolve(null)
  }
}

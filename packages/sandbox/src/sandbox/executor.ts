import type { ExecutionEvent } from './events.ts'
import type { ExecutionOptions } from './execution-options.ts'
import type { CodeExecutionResult } from './result.ts'
import type { SealedSession } from './session/seal.ts'
import type { SessionFiles } from './session/session-files.ts'
import type { InstalledPackage } from './session/session-install.ts'
import type { ForkOptions, SessionOptions } from './session/session-options.ts'

/** What runs one piece of code after the other. */
export interface PythonRunner {
  /** Runs `code` and yields what happens. Leaving the loop ends the run. */
  stream(code: string, options?: ExecutionOptions): AsyncIterable<ExecutionEvent>
}

/**
 * The port that everything above the sandbox takes: a local pool, an audited one and one on another machine
 * look the same through it. Each `stream` runs in a fresh interpreter; a session remembers.
 */
export interface PythonExecutor extends PythonRunner {
  /** Python that remembers from one execution to the next. Nothing is started yet; close it. */
  session(options?: SessionOptions): PythonSession
}

/** A live session, as `PyodideSandbox` gives it. What each member does is said at `SandboxSession`. */
export interface PythonSession extends PythonRunner, AsyncDisposable {
  readonly id: string | null
  readonly live: boolean
  readonly files: Pick<SessionFiles, 'read' | 'stream' | 'write' | 'list' | 'stat' | 'remove'>
  start(): Promise<void>
  execute(code: string, options?: ExecutionOptions): Promise<CodeExecutionResult>
  save(): Promise<SealedSession>
  fork(options?: ForkOptions): Promise<PythonSession>
  rewind(count: number): Promise<void>
  install(...packages: readonly string[]): Promise<readonly InstalledPackage[]>
  rest(): Promise<void>
  close(): Promise<void>
}

/** Reads a stream of events to its end and gives the result in its last event. */
export async function collect(events: AsyncIterable<ExecutionEvent>): Promise<CodeExecutionResult> {
  for await (const event of events) {
    if (event.type === 'finished') return event.result
  }
  throw new TypeError('Cannot collect the result: the stream ended without a "finished" event')
}

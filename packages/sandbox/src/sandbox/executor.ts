import type { PythonRunner } from './execution/python-runner.ts'
import type { PythonSession } from './session/python-session.ts'
import type { SessionOptions } from './session/session-options.ts'

/**
 * The port that everything above the sandbox takes: a local pool, an audited one and one on another machine
 * look the same through it. Each `stream` runs in a fresh interpreter; a session remembers.
 */
export interface PythonExecutor extends PythonRunner {
  /** Python that remembers from one execution to the next. Nothing is started yet; close it. */
  session(options?: SessionOptions): PythonSession
}

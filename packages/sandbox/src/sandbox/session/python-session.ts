import type { ExecutionOptions } from '../execution/execution-options.ts'
import type { PythonRunner } from '../execution/python-runner.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import type { SealedSession } from '../seal/seal.ts'
import type { SessionFiles } from './session-files.ts'
import type { InstalledPackage } from './session-install.ts'
import type { ForkOptions } from './session-options.ts'

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

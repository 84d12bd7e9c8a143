import type { PlainError } from './errors/error-transfer.ts'
import type { ExecutionOptions } from './execution/execution-options.ts'
import type { FullOutputContents } from './execution/output/kept-output.ts'
import type { Contents } from './files/kept-file.ts'
import type { SandboxOptions } from './options.ts'
import type { ExecutionOutcome } from './result/result.ts'

/** Options that work without an event loop. */
export type SyncSandboxOptions = Omit<SandboxOptions, 'onProgress' | 'sessionStore' | 'tools'>
export type SyncExecutionOptions = Omit<ExecutionOptions, 'signal' | 'stdin' | 'tools'> & {
  readonly stdin?: string
}

export type SyncRequest =
  | { readonly type: 'execute'; readonly code: string; readonly options: SyncExecutionOptions }
  | { readonly type: 'close' }

export type SyncAnswer =
  /** `contents` belongs to the files of the result: of an object only its fields cross to another thread. */
  | {
      readonly type: 'result'
      readonly result: ExecutionOutcome
      readonly contents: readonly Contents[]
      readonly output: FullOutputContents | null
    }
  | { readonly type: 'error'; readonly error: PlainError }
  | { readonly type: 'closed' }

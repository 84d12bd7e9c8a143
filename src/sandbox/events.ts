import type { CodeExecutionResult, Display, ExecutionUsage, ResultFile } from './result.ts'

/**
 * What `stream()` yields. `finished` comes last, exactly once, and holds the whole result.
 */
export type ExecutionEvent =
  | { readonly type: 'started' }
  | { readonly type: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly type: 'display' } & Display)
  | ({ readonly type: 'file' } & Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change'>)
  /** Python waits for a line of its standard input, which the function given as `stdin` is asked for. */
  | { readonly type: 'input-request'; readonly prompt: string }
  | { readonly type: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  | ({ readonly type: 'usage' } & ExecutionUsage)
  | { readonly type: 'finished'; readonly result: CodeExecutionResult }

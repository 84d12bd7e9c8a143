import type {
  CodeExecutionResult,
  Display,
  ExecutionUsage,
  JsonValue,
  ResultFile,
  UsageSample,
} from './result.ts'

/** What came of the call of a tool. */
export type ToolOutcome =
  | { readonly ok: true; readonly result: JsonValue }
  | { readonly ok: false; readonly error: string }

/**
 * What `stream()` yields. `finished` comes last, exactly once, and holds the whole result.
 */
export type ExecutionEvent =
  | { readonly type: 'started' }
  | { readonly type: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly type: 'display' } & Display)
  | ({ readonly type: 'file' } & Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change' | 'secret'>)
  /** Python calls a tool, whose arguments are those that it gave: not yet checked. */
  | {
      readonly type: 'tool-call'
      readonly id: string
      readonly name: string
      readonly arguments: { readonly [name: string]: JsonValue }
    }
  /** How the call with this id ended. `error` is what Python was told. */
  | ({
      readonly type: 'tool-result'
      readonly id: string
      readonly name: string
      readonly durationMs: number
    } & ToolOutcome)
  /** Python waits for a line of its standard input, which the function given as `stdin` is asked for. */
  | { readonly type: 'input-request'; readonly prompt: string }
  | { readonly type: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  /**
   * What the execution has taken so far, and what it holds now: four times a second, to a reader who has read everything
   * else.
   */
  | ({ readonly type: 'usage' } & ExecutionUsage & Pick<UsageSample, 'memoryBytes' | 'pythonHeapBytes'>)
  | { readonly type: 'finished'; readonly result: CodeExecutionResult }

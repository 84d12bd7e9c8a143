import type { CodeExecutionResult, ResultFile } from 'agentchat-sandbox'

/** A file of an execution as it is recorded: what it is, and whether its contents are kept. */
export type RecordedFile = Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change' | 'secret'> & {
  readonly kept: boolean
}

/** A result as it is recorded. */
export type RecordedResult = Omit<CodeExecutionResult, 'files' | 'toText' | 'toMarkdown' | 'truncated'> & {
  readonly files: readonly RecordedFile[]
  readonly truncated: CodeExecutionResult['truncated'] & { readonly record?: LeftOut }
}

/** What of a result is not in its row, and whether the whole is kept beside it. */
export interface LeftOut {
  /** Of the JSON of the whole. */
  readonly bytes: number
  readonly fields: readonly string[]
  /** Displays whose data is left out. */
  readonly displays: number
  /** Is the whole at `GET /executions/{id}/result`, as long as its files are kept? */
  readonly kept: boolean
}

import type { CodeExecutionResult, ExecutionUsage, PermissionUse } from 'agentchat-sandbox'

/** What is known of an execution that is over, or of a program of a batch, as far as it is judged. */
export interface JudgedRun {
  /** Of a program that of its batch. */
  readonly executionId: string
  /** Which of a batch it is, from 0. */
  readonly program?: number | undefined
  readonly userId: string
  readonly apiKeyId: string | null
  readonly toolId: string | null
  readonly codeSha256: string
  readonly code: string
  /** The kind of its error; null where it succeeded. */
  readonly error: string | null
  readonly used: readonly PermissionUse[]
  readonly denied: readonly PermissionUse[]
  readonly usage: ExecutionUsage
}

/** What came before an execution. */
export interface RunHistory {
  /** Of the last executions of the user, newest first: did they fail? At most 100. */
  readonly failed: readonly boolean[]
  /** Of the same: were they ended at a limit? */
  readonly limited: readonly boolean[]
  /** How many users ran the same code within a day, with this one. */
  readonly usersOfCode: number
}

/** What holds where nothing came before. */
export const NO_HISTORY: RunHistory = { failed: [], limited: [], usersOfCode: 1 }

/** What is compared with what is usual, in milliseconds, bytes and numbers. */
export const FIGURES = ['wallMs', 'peakBytes', 'outputBytes', 'calls', 'denials'] as const
export type Figure = (typeof FIGURES)[number]
export type Figures = Readonly<Record<Figure, number>>

/** The figures of a run. */
export function figuresOf({ usage, used, denied }: Pick<JudgedRun, 'usage' | 'used' | 'denied'>): Figures {
  const sum = (uses: readonly PermissionUse[]) => uses.reduce((total, { count }) => total + count, 0)
  return {
    wallMs: usage.wallMs,
    peakBytes: usage.peakMemoryBytes,
    outputBytes: usage.stdoutBytes + usage.stderrBytes,
    calls: sum(used),
    denials: sum(denied),
  }
}

/** What an execution gives to be judged. */
export function judgedRunOf(
  known: Omit<JudgedRun, 'error' | 'used' | 'denied' | 'usage'>,
  { error, permissions, usage }: Pick<CodeExecutionResult, 'error' | 'permissions' | 'usage'>,
): JudgedRun {
  return { ...known, error: error?.kind ?? null, used: permissions.used, denied: permissions.denied, usage }
}

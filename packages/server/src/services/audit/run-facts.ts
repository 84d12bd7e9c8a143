import type { CodeExecutionResult, ExecutionUsage, PermissionReceipt, PermissionUse } from 'agentchat-sandbox'

/** Of each list so many entries, of each entry so many characters: the rest is in the result of the execution. */
const MAX_ENTRIES = 50
const MAX_CHARS = 200

/** What an execution was given, as it is known before it begins. */
export interface RunLimits {
  readonly timeoutSeconds: number
  readonly memoryLimitMb: number
  readonly cpuSeconds?: number | undefined
}

/** What the log says of an execution. */
export interface RunFacts {
  readonly codeSha256: string
  readonly limits: RunLimits
  /** Prepared memory that it starts from. */
  readonly image: string
  readonly walls?: PermissionReceipt['walls']
  readonly granted?: Readonly<Record<string, unknown>>
  readonly used?: readonly PermissionUse[]
  readonly denied?: readonly PermissionUse[]
  readonly usage?: ExecutionUsage
  /** Secrets that were taken out of what came back, by rule. */
  readonly redactions?: CodeExecutionResult['redactions']
  /** Why it failed: a kind of error, of which `timeout`, `cpu`, `memory` and `output` are limits. */
  readonly error?: string | null
  /** What was left out here of the lists above. */
  readonly left?: number
}

type EndedExecution = Pick<CodeExecutionResult, 'permissions' | 'usage' | 'error' | 'redactions'>

/** What is known of an execution when it is over. */
export function endedRun(
  before: RunFacts,
  { permissions, usage, error, redactions }: EndedExecution,
): RunFacts {
  const { walls, granted, used, denied } = permissions
  const lists = Object.values(granted).filter((grant) => Array.isArray(grant))
  const left = [used, denied, ...lists].reduce((sum, list) => sum + Math.max(0, list.length - MAX_ENTRIES), 0)
  return {
    ...{ ...before, walls, usage, redactions, error: error?.kind ?? null },
    granted: Object.fromEntries(Object.entries(granted).map(([kind, grant]) => [kind, shortGrant(grant)])),
    used: used.slice(0, MAX_ENTRIES).map(shortUse),
    denied: denied.slice(0, MAX_ENTRIES).map(shortUse),
    ...(left > 0 ? { left } : {}),
  }
}

function shortGrant(grant: unknown): unknown {
  if (!Array.isArray(grant)) return grant
  return grant.slice(0, MAX_ENTRIES).map((entry) => String(entry).slice(0, MAX_CHARS))
}

function shortUse({ kind, value, count }: PermissionUse): PermissionUse {
  return { kind, value: value.slice(0, MAX_CHARS), count }
}

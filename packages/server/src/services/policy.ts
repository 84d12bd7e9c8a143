import type { Redaction } from './executions/redaction-policy.ts'

/** What may be used up. */
export interface QuotaLimits {
  /** Executions at a time. */
  readonly concurrent: number
  /** Executions that begin within a minute. */
  readonly perMinute: number
  /** From midnight UTC. */
  readonly cpuSecondsPerDay: number
  /** Of files and sessions that are kept, and of what is recorded: executions, and versions of tools. */
  readonly storageBytes: number
  /** Sessions that there are, live or at rest. */
  readonly sessions: number
  /** Sessions with a worker; one more puts another one to rest. */
  readonly liveSessions: number
  /** Files and events that are being read at a time. */
  readonly readers: number
  readonly tools: number
  /** Versions that are kept of one tool, the newest; an older one goes when a newer one comes. */
  readonly toolVersions: number
  readonly apiKeys: number
  /** Runs of agents at a time. */
  readonly agentRuns: number
  /** Tokens of models that runs of agents use, from midnight UTC. */
  readonly agentTokensPerDay: number
}

/** What users may use up, and what their code may ask for. Set by the operator. */
export interface Policy {
  /** The most that an execution may ask for; also what it gets when it does not ask. */
  readonly maxTimeoutSeconds: number
  readonly maxMemoryMb: number
  /** Hosts that tools of users may reach, with private ones that are named here; webhooks may go to these too. */
  readonly allowNet: readonly string[]
  /** What is taken out of what comes back, at least. */
  readonly redaction: Redaction
  /** Hosts that are not public and that models may be at. */
  readonly modelsAllowNet: readonly string[]
  /** How long files of executions are kept. */
  readonly keepFilesHours: number
  /** How long executions and runs of agents are kept from their end on, with their results. */
  readonly keepExecutionsDays: number
  readonly keepAuditDays: number
  readonly quotas: QuotaLimits
  /** Of everybody together: of what `storageBytes` counts. */
  readonly totalStorageBytes: number
}

/** Limits of somebody's own; what is left out is as for everybody. */
export type OwnQuotas = { readonly [name in keyof QuotaLimits]?: QuotaLimits[name] | undefined }

/** What holds for somebody: the limits of everybody, and in their place those of one's own. */
export function limitsOf(everybody: QuotaLimits, own: OwnQuotas | null): QuotaLimits {
  return {
    concurrent: own?.concurrent ?? everybody.concurrent,
    perMinute: own?.perMinute ?? everybody.perMinute,
    cpuSecondsPerDay: own?.cpuSecondsPerDay ?? everybody.cpuSecondsPerDay,
    storageBytes: own?.storageBytes ?? everybody.storageBytes,
    sessions: own?.sessions ?? everybody.sessions,
    liveSessions: own?.liveSessions ?? everybody.liveSessions,
    readers: own?.readers ?? everybody.readers,
    tools: own?.tools ?? everybody.tools,
    toolVersions: own?.toolVersions ?? everybody.toolVersions,
    apiKeys: own?.apiKeys ?? everybody.apiKeys,
    agentRuns: own?.agentRuns ?? everybody.agentRuns,
    agentTokensPerDay: own?.agentTokensPerDay ?? everybody.agentTokensPerDay,
  }
}

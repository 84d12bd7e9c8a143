import type { HeldRow } from '../../db/queries/quota-admission.ts'
import { QuotaExceededError, type QuotaName } from '../errors.ts'
import type { QuotaLimits } from '../policy.ts'
import type { QuotaHolder, Wanted } from './quota-terms.ts'

export const MINUTE_MS = 60_000

const NAMES = {
  concurrent: 'concurrent-executions',
  perMinute: 'executions-per-minute',
  cpuSecondsPerDay: 'cpu-seconds-per-day',
  storageBytes: 'storage-bytes',
  sessions: 'sessions',
  liveSessions: 'live-sessions',
  readers: 'readers',
  tools: 'tools',
  toolVersions: 'tool-versions',
  apiKeys: 'api-keys',
  agentRuns: 'agent-runs',
  agentTokensPerDay: 'agent-tokens-per-day',
} as const satisfies Record<keyof QuotaLimits, QuotaName>

/** A quota that has no room for what is wanted, and how long it takes until it may have. */
export interface FullQuota {
  readonly holder: QuotaHolder
  readonly name: keyof QuotaLimits
  /** Null where it depends on what is kept. */
  readonly waitMs: number | null
}

/**
 * Which quota of a holder has no room for what is wanted, as the database has found it; null for none: then it is another
 * holder's. Pure, and the same conditions in the same order as those of the statement.
 */
export function fullQuotaOf(holder: QuotaHolder, row: HeldRow, wanted: Wanted, now: Date): FullQuota | null {
  const { limits } = holder
  const { place, places = 1, needsPlace = false, begins = false, bytes } = wanted
  const full = (name: keyof QuotaLimits, waitMs: number | null) => ({ holder, name, waitMs })
  if (bytes !== undefined && row.storedBytes + bytes > limits.storageBytes) return full('storageBytes', null)
  if ((place === 'concurrent' || needsPlace) && row.running + places > limits.concurrent)
    return full('concurrent', 1000)
  if (place === 'agentRuns' && row.agentRuns >= limits.agentRuns) return full('agentRuns', 1000)
  if (!begins) return null
  const waitMs = row.paidMs - MINUTE_MS + MINUTE_MS / limits.perMinute
  if (waitMs > 0) return full('perMinute', waitMs)
  if (row.cpuMs < limits.cpuSecondsPerDay * 1000) return null
  return full('cpuSecondsPerDay', new Date(now).setUTCHours(24, 0, 0, 0) - now.getTime())
}

/** What somebody is told whose quota is full. */
export function quotaError(
  { kind, limits }: Pick<QuotaHolder, 'limits'> & { readonly kind: QuotaHolder['kind'] | 'service' },
  name: keyof QuotaLimits,
  waitMs: number,
): QuotaExceededError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new QuotaExceededError({ quota: NAMES[name], of: kind, limit: limits[name], retryAfterSeconds })
}

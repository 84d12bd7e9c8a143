import type { QuotaLimits } from '../policy.ts'

/** Who uses something up: a user, or one key of a user. Tools of the system count for a user without an id. */
export interface QuotaHolder {
  readonly kind: 'user' | 'api-key'
  readonly id: string
  readonly limits: QuotaLimits
}

/** What somebody uses up, by the names of the limits. */
export type Used = Pick<QuotaLimits, 'concurrent' | 'perMinute' | 'cpuSecondsPerDay' | 'storageBytes'>

/** What something takes of the quotas of its holders, and what it is bounded by. */
export interface Wanted {
  /** A place of an execution, or of a run of an agent. */
  readonly place?: 'concurrent' | 'agentRuns'
  /** How many places of executions it takes; 1 where nothing is said. */
  readonly places?: number
  /** Is it let in only while a place is free, though it takes none? */
  readonly needsPlace?: boolean
  /** Does it begin within the minute, and take CPU time? */
  readonly begins?: boolean
  /** Bytes that are to be kept of it. */
  readonly bytes?: number
}

/** What was kept for something that was let in. */
export interface Room {
  /** How many bytes more may be kept, as far as is known. */
  readonly bytes: number
}

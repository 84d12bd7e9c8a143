import type { SessionRow } from '../../db/queries/sessions.ts'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError } from '../errors.ts'
import { cappedOptions, type RunOptions } from '../executions/run-request.ts'

/** The most that each execution of a session gets, and what it gets when it does not ask. */
export interface SessionLimits {
  readonly timeoutSeconds?: number | undefined
  readonly cpuSeconds?: number | undefined
  readonly memoryLimitMb?: number | undefined
}

/**
 * What an execution in a session gets: what it asks for within the limits of the session, and these within the policy.
 * @throws InvalidRequestError
 */
export function withinSession(
  { policy }: Pick<ServiceContext, 'policy'>,
  options: RunOptions,
  { limits }: Pick<SessionRow, 'limits'>,
) {
  // They were checked before they were stored.
  const { cpuSeconds = Number.POSITIVE_INFINITY, timeoutSeconds, memoryLimitMb } = limits as SessionLimits
  const least = (limit: number | undefined, most: number) => Math.min(limit ?? most, most)
  if ((options.cpuSeconds ?? 0) > cpuSeconds)
    throw new InvalidRequestError([
      { path: 'cpuSeconds', problem: `at most ${cpuSeconds} here, got ${options.cpuSeconds}` },
    ])
  const own = {
    maxTimeoutSeconds: least(timeoutSeconds, policy.maxTimeoutSeconds),
    maxMemoryMb: least(memoryLimitMb, policy.maxMemoryMb),
  }
  const asked = Number.isFinite(cpuSeconds) ? { cpuSeconds, ...options } : options
  return cappedOptions({ policy: own }, asked)
}

import { setImmediate } from 'node:timers/promises'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError, type Problem } from '../errors.ts'
import { cappedOptions, type RunOptions } from '../executions/run-request.ts'

/** Limits that one program may have of its own. */
export type ProgramLimits = Pick<RunOptions, 'timeoutSeconds' | 'cpuSeconds' | 'memoryLimitMb'>

/** One program of a batch: its code, and what it is given. */
export interface WantedProgram extends ProgramLimits {
  readonly code: string
  readonly args?: readonly string[] | undefined
  readonly stdin?: string | undefined
}

/** Many programs that are wanted. */
export interface BatchRequest {
  readonly programs: readonly WantedProgram[]
  /** For each program that has none of its own. */
  readonly limits: ProgramLimits
  /** How many run at a time. */
  readonly concurrency: number
  /** Two requests with the same key are one. */
  readonly idempotencyKey?: string | undefined
}

/** What a batch was given, as it is recorded. */
export interface BatchOptions extends ProgramLimits {
  readonly concurrency: number
}

/** A program as it is run, within what the service gives. */
export type GrantedProgram = { readonly code: string } & ReturnType<typeof cappedOptions>

const MAX_PROBLEMS = 50
/** After so many programs others have their turn of the event loop. */
const TURN_PROGRAMS = 100

/**
 * The programs with their limits.
 * @throws InvalidRequestError when one asks for more than the policy gives
 */
export async function grantedPrograms(
  context: Pick<ServiceContext, 'policy'>,
  { programs, limits }: Pick<BatchRequest, 'programs' | 'limits'>,
): Promise<GrantedProgram[]> {
  // Once for all, so that what holds for each is not told of each.
  cappedOptions(context, limits)
  const problems: Problem[] = []
  const granted: GrantedProgram[] = []
  for (const [index, { code, ...own }] of programs.entries()) {
    if (index > 0 && index % TURN_PROGRAMS === 0) await setImmediate()
    try {
      granted.push({ code, ...cappedOptions(context, { ...limits, ...own }) })
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error
      problems.push(
        ...error.problems.map(({ path, problem }) => ({ path: `programs.${index}.${path}`, problem })),
      )
      if (problems.length >= MAX_PROBLEMS) break
    }
  }
  if (problems.length > 0) throw new InvalidRequestError(problems.slice(0, MAX_PROBLEMS))
  return granted
}

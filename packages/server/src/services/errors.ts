import { type Problem, ServiceError } from './service-error.ts'

export { type Problem, ServiceError, type ServiceErrorCode } from './service-error.ts'
export * from './sign-in-errors.ts'

/** The caller may see the thing, and may not do this with it. */
export class ForbiddenError extends ServiceError {
  readonly code = 'forbidden'
  constructor(what: string) {
    super(`Cannot ${what}`)
  }
}

/** There is no such thing, or the caller may not know that there is. */
export class NotFoundError extends ServiceError {
  readonly code = 'not-found'
  constructor(what: string, id: string) {
    super(`Cannot find the ${what} "${id}"`)
  }
}

/** What the caller sent cannot be used; each problem says where. */
export class InvalidRequestError extends ServiceError {
  readonly code = 'invalid-request'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(`Cannot use the request: ${describe(problems)}`)
    this.problems = problems
  }
}

/** Something of that name is there already, or the state does not allow it. */
export class ConflictError extends ServiceError {
  readonly code = 'conflict'
}

/** The change needs the version that it is based on. */
export class PreconditionRequiredError extends ServiceError {
  readonly code = 'precondition-required'
  constructor(version: string) {
    super(`Cannot change it without "If-Match": read it first and send its ETag, now ${version}`)
  }
}

/** Somebody else changed it meanwhile. */
export class PreconditionFailedError extends ServiceError {
  readonly code = 'precondition-failed'
  constructor(version: string) {
    super(`Cannot change it: it was changed meanwhile, its ETag is ${version} now`)
  }
}

/** The same idempotency key came with another request. */
export class IdempotencyMismatchError extends ServiceError {
  readonly code = 'idempotency-mismatch'
  constructor(key: string) {
    super(`Cannot repeat the request: the idempotency key "${key}" was used for another one`)
  }
}

/** What may be used up. */
export type QuotaName =
  | 'concurrent-executions'
  | 'executions-per-minute'
  | 'cpu-seconds-per-day'
  | 'storage-bytes'
  | 'sessions'
  | 'live-sessions'
  | 'readers'
  | 'tools'
  | 'tool-versions'
  | 'api-keys'
  | 'agent-runs'
  | 'agent-tokens-per-day'
  | 'deeds'

/** One of the quotas of the user, or of the key that was used, is used up. */
export class QuotaExceededError extends ServiceError {
  readonly code = 'quota-exceeded'
  readonly quota: QuotaName
  readonly of: 'user' | 'api-key' | 'service'
  readonly limit: number
  /** Null for one that time alone does not free. */
  readonly retryAfterSeconds: number | null
  constructor(facts: Pick<QuotaExceededError, 'quota' | 'of' | 'limit' | 'retryAfterSeconds'>) {
    const { quota, of, limit, retryAfterSeconds } = facts
    const whose = { user: '', 'api-key': ' of the API key', service: ' of the service' }[of]
    const advice = retryAfterSeconds === null ? 'delete some' : `try again in ${retryAfterSeconds} s`
    super(`Cannot do that: the quota "${quota}" of ${limit}${whose} is used up; ${advice}`)
    this.quota = quota
    this.of = of
    this.limit = limit
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Something odd was run with the key, which is held back for a time. */
export class ThrottledError extends ServiceError {
  readonly code = 'quota-exceeded'
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    super(
      `Cannot run anything with this API key: it is held back because of what was run with it; try again in ${retryAfterSeconds} s`,
    )
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The contents of a file are not there, or not any more. */
export class FileNotKeptError extends ServiceError {
  readonly code = 'file-not-kept'
  constructor(path: string, reason: string) {
    super(`Cannot give the file ${JSON.stringify(path)}: ${reason}`)
  }
}

/** A tool that cannot work is not saved. */
export class InvalidToolError extends ServiceError {
  readonly code = 'invalid-tool'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(`Cannot save the tool: ${describe(problems)}`)
    this.problems = problems
  }
}

/** The tool exists and was switched off. */
export class ToolDisabledError extends ServiceError {
  readonly code = 'tool-disabled'
  constructor(name: string) {
    super(`Cannot execute the tool "${name}": it is disabled`)
  }
}

/** The service that a tool calls could not be reached, or may not be. */
export class ToolCallError extends ServiceError {
  readonly code = 'tool-call-failed'
  constructor(reason: string) {
    super(`Cannot call the tool: ${reason}`)
  }
}

/** No model is set up that the user may use. */
export class NoModelError extends ServiceError {
  readonly code = 'no-model'
  constructor() {
    super(
      'Cannot run an agent: no model is set up that you may use; an administrator adds one with POST /api/v1/models, or ' +
        'sets AGENTCHAT_MODEL_BASE_URL and AGENTCHAT_MODEL for the service',
    )
  }
}

/** More work waits than this service can take. */
export class OverloadedError extends ServiceError {
  readonly code = 'overloaded'
  readonly retryAfterSeconds = 2
  constructor(options?: ErrorOptions) {
    super('Cannot execute: too many executions wait already; try again later', options)
  }
}

/** The database, or the sandbox, is not there right now. */
export class UnavailableError extends ServiceError {
  readonly code = 'unavailable'
  readonly retryAfterSeconds = 2
  constructor(
    what:
      | 'database'
      | 'message service'
      | 'machine'
      | 'other service'
      | 'disk'
      | 'sandbox'
      | 'session store'
      | 'sign-in provider'
      | 'check'
      | 'audit log',
    options?: ErrorOptions,
  ) {
    super(`Cannot do that now: the ${what} is not available; try again later`, options)
  }
}

/** The service is about to end. */
export class ShuttingDownError extends ServiceError {
  readonly code = 'shutting-down'
  readonly retryAfterSeconds = 5
  constructor() {
    super('Cannot start anything new: the service is shutting down')
  }
}

function describe(problems: readonly Problem[]): string {
  return problems.map(({ path, problem }) => (path === '' ? problem : `"${path}": ${problem}`)).join('; ')
}

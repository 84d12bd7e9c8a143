/** Every code that an error of the services can carry. A map over it is total, or it does not compile. */
export type ServiceErrorCode =
  | 'unauthenticated'
  | 'invalid-credentials'
  | 'too-many-attempts'
  | 'sign-in-refused'
  | 'forbidden'
  | 'not-found'
  | 'invalid-request'
  | 'conflict'
  | 'precondition-required'
  | 'precondition-failed'
  | 'idempotency-mismatch'
  | 'quota-exceeded'
  | 'file-not-kept'
  | 'session-in-use'
  | 'session-unusable'
  | 'session-not-saved'
  | 'file-too-large'
  | 'invalid-tool'
  | 'tool-disabled'
  | 'tool-call-failed'
  | 'no-model'
  | 'overloaded'
  | 'unavailable'
  | 'shutting-down'

/** What a use case refused, or could not do. */
export abstract class ServiceError extends Error {
  abstract readonly code: ServiceErrorCode
  override get name(): string {
    return this.constructor.name
  }
}

/** One thing that is wrong with what the caller sent. */
export interface Problem {
  /** Where: `parameters.city`, `definition.paths./users.get`; empty for the whole. */
  readonly path: string
  readonly problem: string
}

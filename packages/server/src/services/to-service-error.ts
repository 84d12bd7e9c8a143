import { SandboxError } from 'agentchat-sandbox'
import { GateBusyError, GateUnavailableError } from 'agentchat-sandbox-base/gate/schema-gate'
import { databaseFailure } from '../db/index.ts'
import {
  type ConflictError,
  type FileNotKeptError,
  type ForbiddenError,
  type IdempotencyMismatchError,
  type InvalidCredentialsError,
  InvalidRequestError,
  type InvalidToolError,
  type NoModelError,
  type NotFoundError,
  type OpenIdRefusedError,
  OverloadedError,
  type PreconditionFailedError,
  type PreconditionRequiredError,
  type Problem,
  type QuotaExceededError,
  ServiceError,
  type ShuttingDownError,
  type ToolCallError,
  type ToolDisabledError,
  type TooManyAttemptsError,
  type UnauthenticatedError,
  UnavailableError,
} from './errors.ts'
import {
  type FileTooLargeError,
  type SessionInUseError,
  type SessionNotSavedError,
  type SessionUnusableError,
  sessionErrorOf,
} from './sessions/session-errors.ts'

/** Every error of the services, for an exhaustive `switch` over `code`. */
export type AnyServiceError =
  | UnauthenticatedError
  | InvalidCredentialsError
  | TooManyAttemptsError
  | OpenIdRefusedError
  | ForbiddenError
  | NotFoundError
  | InvalidRequestError
  | ConflictError
  | PreconditionRequiredError
  | PreconditionFailedError
  | IdempotencyMismatchError
  | QuotaExceededError
  | FileNotKeptError
  | SessionInUseError
  | SessionUnusableError
  | SessionNotSavedError
  | FileTooLargeError
  | InvalidToolError
  | ToolDisabledError
  | ToolCallError
  | NoModelError
  | OverloadedError
  | UnavailableError
  | ShuttingDownError

/** What was thrown, as an error of the services; null for a defect of ours. */
export function toServiceError(error: unknown): AnyServiceError | null {
  if (error instanceof ServiceError) return error as AnyServiceError
  if (error instanceof SandboxError) {
    if (error.code === 'queue-full') return new OverloadedError({ cause: error })
    if (error.code === 'invalid-options' && 'problems' in error)
      return new InvalidRequestError(error.problems as readonly Problem[])
    return sessionErrorOf(error) ?? new UnavailableError('sandbox', { cause: error })
  }
  if (error instanceof GateBusyError) return new OverloadedError({ cause: error })
  if (error instanceof GateUnavailableError) return new UnavailableError('check', { cause: error })
  if (databaseFailure(error) === 'unavailable') return new UnavailableError('database', { cause: error })
  return null
}

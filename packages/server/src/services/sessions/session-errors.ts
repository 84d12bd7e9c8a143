import {
  SandboxError,
  SessionInUseError as SandboxSessionInUse,
  SessionRefusedError,
  SessionSaveError,
  SessionStoreError,
  SessionWakeError,
  WorkspaceFileError,
} from 'agentchat-sandbox'
import {
  ConflictError,
  NotFoundError,
  QuotaExceededError,
  ServiceError,
  UnavailableError,
} from '../errors.ts'

/** Another service has the session open, or keeps it in a folder of its own. */
export class SessionInUseError extends ServiceError {
  readonly code = 'session-in-use'
  constructor(id: string, where = 'another service has it open; try again once it is at rest there') {
    super(`Cannot use the session "${id}": ${where}`)
  }
}

/** What is kept of the session cannot be opened: it is missing, was changed, or belongs to another Python. */
export class SessionUnusableError extends ServiceError {
  readonly code = 'session-unusable'
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot use the session: ${reason}; delete it, or fork another one`, options)
  }
}

/** What the session is now cannot be kept, and has to be for this. */
export class SessionNotSavedError extends ServiceError {
  readonly code = 'session-not-saved'
  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot keep the session: ${reason}`, options)
  }
}

/** There is no room for a file in the session. */
export class FileTooLargeError extends ServiceError {
  readonly code = 'file-too-large'
  constructor(path: string) {
    super(`Cannot use the file ${JSON.stringify(path)}: the session has no room for it`)
  }
}

/** A session could not be kept. Its message is for users: no path of the host. */
export class SessionNotKeptError extends SandboxError {
  readonly code = 'session-store-failed'
  /** The quota that is used up; null when it was something else. */
  readonly quota: QuotaExceededError | null
  constructor(cause: QuotaExceededError | SessionStoreError) {
    super(`Cannot save the session: ${reasonOf(cause)}`, { cause })
    this.quota = cause instanceof QuotaExceededError ? cause : null
  }
}

function reasonOf(cause: QuotaExceededError | SessionStoreError): string {
  if (cause instanceof QuotaExceededError) return `the quota "${cause.quota}" of ${cause.limit} is used up`
  return cause.isFull ? 'no space is left' : 'it cannot be written now'
}

type AnySessionError =
  | SessionInUseError
  | SessionUnusableError
  | SessionNotSavedError
  | FileTooLargeError
  | ConflictError
  | NotFoundError
  | QuotaExceededError
  | UnavailableError

/** Is there more in a session now than is kept of it? */
export function isNotKept(error: unknown): boolean {
  return error instanceof SessionNotKeptError || error instanceof SessionSaveError
}

/** What an error of the library about a session means to the caller; null for an error about something else. */
export function sessionErrorOf(error: SandboxError): AnySessionError | null {
  if (error instanceof SandboxSessionInUse) return new SessionInUseError(error.id)
  if (error instanceof SessionSaveError) return new SessionNotSavedError(`${error.obstacle} cannot be kept`)
  if (error instanceof SessionNotKeptError) return error.quota ?? unavailable(error)
  if (error instanceof SessionStoreError) return unavailable(error)
  if (error instanceof WorkspaceFileError) return fileErrorOf(error)
  if (error instanceof SessionRefusedError)
    return new SessionUnusableError(REFUSALS[error.reason] ?? 'what is kept of it was changed', {
      cause: error,
    })
  if (error.code === 'session-unknown')
    return new SessionUnusableError('what was kept of it is gone', { cause: error })
  if (error instanceof SessionWakeError)
    return error.workerEnded
      ? new UnavailableError('sandbox', { cause: error })
      : new SessionUnusableError('it does not wake up', { cause: error })
  if (error.code === 'session-closed')
    return new ConflictError('Cannot use the session: it was deleted or put to rest meanwhile; try again')
  return null
}

const REFUSALS: Readonly<Partial<Record<SessionRefusedError['reason'], string>>> = {
  'wrong-image': 'it was made with another version of Python or its packages',
  'other-key': 'it was sealed with another key',
  replayed: 'what is kept of it is older than it was',
  'too-big': 'it is larger than sessions may be',
}

function unavailable(cause: SandboxError): UnavailableError {
  return new UnavailableError('session store', { cause })
}

function fileErrorOf(error: WorkspaceFileError): AnySessionError {
  const { path, errno } = error
  if (errno === 'ENOENT') return new NotFoundError('file', path)
  if (errno === 'ENOSPC' || errno === 'EFBIG') return new FileTooLargeError(path)
  if (errno === 'EIO') return new UnavailableError('sandbox', { cause: error })
  return new ConflictError(error.message)
}

import { SandboxError } from './sandbox-error.ts'

/** The session holds something that cannot be kept. It lives on; what is in the way is named. */
export class SessionSaveError extends SandboxError {
  readonly code = 'session-not-saved'
  /** What cannot be kept, as the worker says it. */
  readonly obstacle: string
  constructor(obstacle: string, options?: ErrorOptions) {
    super(`Cannot save the session: ${obstacle} cannot be kept`, options)
    this.obstacle = obstacle
  }
}

/** A worker could not become the session, although its bytes are what was sealed. */
export class SessionWakeError extends SandboxError {
  readonly code = 'session-not-woken'
  /** Did the worker end meanwhile? Then the machine may be the cause; otherwise the session is of no use any more. */
  readonly workerEnded: boolean
  constructor(reason: string, { workerEnded, ...options }: ErrorOptions & { readonly workerEnded: boolean }) {
    super(`Cannot wake the session up: ${reason}`, options)
    this.workerEnded = workerEnded
  }
}

/** The session was closed. */
export class SessionClosedError extends SandboxError {
  readonly code = 'session-closed'
  constructor(options?: ErrorOptions) {
    super('Cannot use the session: it is closed', options)
  }
}

/** The key that seals sessions cannot be read or made, or others could read it. `path` is null for a given key. */
export class SessionKeyError extends SandboxError {
  readonly code = 'session-key-unusable'
  readonly path: string | null
  constructor(path: string | null, reason: string, options?: ErrorOptions) {
    super(`Cannot use the session key${path === null ? '' : ` "${path}"`}: ${reason}`, options)
    this.path = path
  }
}

/** No session of this id is kept, and one was asked for. */
export class SessionUnknownError extends SandboxError {
  readonly code = 'session-unknown'
  readonly id: string
  constructor(id: string, options?: ErrorOptions) {
    super(`Cannot use the session "${id}": none of this id is kept`, options)
    this.id = id
  }
}

/** A session of this id is kept, and a new one was asked for. */
export class SessionExistsError extends SandboxError {
  readonly code = 'session-exists'
  readonly id: string
  constructor(id: string, options?: ErrorOptions) {
    super(
      `Cannot make the session "${id}": one of this id is kept; open it, remove it, or take another id`,
      options,
    )
    this.id = id
  }
}

/** A kept session is open elsewhere: it can be open once. `process` is the number of the process, where it is known. */
export class SessionInUseError extends SandboxError {
  readonly code = 'session-in-use'
  readonly id: string
  readonly process: number | null
  constructor(id: string, holder: number | null, options?: ErrorOptions) {
    const where =
      holder === null ? 'elsewhere' : holder === process.pid ? 'in this process' : `in process ${holder}`
    super(`Cannot use the session "${id}": it is open ${where}; close it there`, options)
    this.id = id
    this.process = holder
  }
}

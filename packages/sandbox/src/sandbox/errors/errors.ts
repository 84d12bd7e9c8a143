import type { FileInputError, FileUnavailableError, WorkspaceFileError } from './file-errors.ts'
import type { ImageUnknownError, PackageError } from './package-errors.ts'
import { SandboxError } from './sandbox-error.ts'
import type {
  SessionClosedError,
  SessionExistsError,
  SessionInUseError,
  SessionKeyError,
  SessionSaveError,
  SessionUnknownError,
  SessionWakeError,
} from './session-errors.ts'

export * from './file-errors.ts'
export * from './package-errors.ts'
export * from './sandbox-error.ts'
export * from './session-errors.ts'

/** Problems that a message tells; all of them are in `problems`. */
const MAX_SHOWN = 20
const MAX_PATH_CHARS = 200

/** One thing that is wrong with what the caller passed. */
export interface OptionProblem {
  /** Where: `timeoutSeconds`, `pool.max`, `allowRead[0]`; empty for the options as a whole. */
  readonly path: string
  /** What is wrong and what is allowed. */
  readonly problem: string
}

/** The caller passed an option that does not exist, has the wrong type or is out of range. */
export class InvalidOptionsError extends SandboxError {
  readonly code = 'invalid-options'
  readonly problems: readonly OptionProblem[]
  constructor(what: string, problems: readonly OptionProblem[], options?: ErrorOptions) {
    const shown = problems
      .slice(0, MAX_SHOWN)
      .map(({ path, problem }) => (path === '' ? problem : `"${shortened(path)}": ${problem}`))
    if (problems.length > MAX_SHOWN) shown.push(`and ${problems.length - MAX_SHOWN} more`)
    super(`Cannot use these ${what}: ${shown.join('; ')}`, options)
    this.problems = problems
  }
}

function shortened(path: string): string {
  return path.length > MAX_PATH_CHARS ? `${path.slice(0, MAX_PATH_CHARS)}...` : path
}

/** No Deno binary is installed beside this package. */
export class DenoNotFoundError extends SandboxError {
  readonly code = 'deno-not-found'
  /** The npm package that holds the binary for this platform, or null where there is none. */
  readonly platformPackage: string | null
  constructor(platformPackage: string | null, options?: ErrorOptions) {
    super(
      platformPackage === null
        ? `Cannot find Deno: there is no build of it for ${process.platform} ${process.arch}`
        : `Cannot find Deno: the npm package "${platformPackage}" is not installed; install again without --omit=optional`,
      options,
    )
    this.platformPackage = platformPackage
  }
}

/** The Deno binary is there, but does not run or is too old. */
export class DenoUnsuitableError extends SandboxError {
  readonly code = 'deno-unsuitable'
  readonly path: string
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot use Deno at "${path}": ${reason}`, options)
    this.path = path
  }
}

/** The cache folder for images cannot be written. */
export class CacheUnwritableError extends SandboxError {
  readonly code = 'cache-unwritable'
  readonly folder: string
  constructor(folder: string, options?: ErrorOptions) {
    super(
      `Cannot write to the cache folder "${folder}": ${reasonOf(options?.cause)}; ` +
        'make it writable or set AGENTCHAT_CACHE_DIR to a folder that is',
      options,
    )
    this.folder = folder
  }
}

/** The image that workers start from could not be made. */
export class ImageBuildError extends SandboxError {
  readonly code = 'image-build-failed'
  constructor(image: string, reason: string, options?: ErrorOptions) {
    super(`Cannot build the image "${image}": ${reason}`, options)
  }
}

/** `isolation: 'os'` was asked for, and the second wall cannot be raised on this machine. */
export class IsolationError extends SandboxError {
  readonly code = 'isolation-unavailable'
  constructor(reason: string, options?: ErrorOptions) {
    super(
      `Cannot isolate the worker with bubblewrap: ${reason}; ` +
        'install bubblewrap and allow user name spaces, or use "isolation": "auto"',
      options,
    )
  }
}

/** A worker did not come up. `detail` is what Deno said on its standard error, cut to 4 KiB. */
export class WorkerStartError extends SandboxError {
  readonly code = 'worker-start-failed'
  readonly detail: string
  constructor(reason: string, detail: string, options?: ErrorOptions) {
    super(`Cannot start a worker: ${reason}${detail === '' ? '' : `: ${detail}`}`, options)
    this.detail = detail
  }
}

/** More executions are waiting than the pool lets wait. */
export class QueueFullError extends SandboxError {
  readonly code = 'queue-full'
  readonly waiting: number
  constructor(waiting: number, running: number, options?: ErrorOptions) {
    super(
      `Cannot queue the execution: ${waiting} already wait for ${running} workers; ` +
        'try again later, or raise "pool.max" or "pool.maxQueue"',
      options,
    )
    this.waiting = waiting
  }
}

/** The sandbox was closed before or while the execution ran. */
export class SandboxClosedError extends SandboxError {
  readonly code = 'sandbox-closed'
  constructor(options?: ErrorOptions) {
    super('Cannot execute: the sandbox is closed', options)
  }
}

/** The option exists, and this version or this machine cannot honour it. Nothing was started. */
export class UnsupportedError extends SandboxError {
  readonly code = 'unsupported'
  readonly option: string
  constructor(option: string, reason: string, options?: ErrorOptions) {
    super(`Cannot honour "${option}": ${reason}`, options)
    this.option = option
  }
}

/** Why session bytes were not opened. */
export type SessionRefusal =
  | 'wrong-owner'
  | 'wrong-image'
  | 'wrong-metadata'
  | 'bad-metadata'
  | 'other-key'
  | 'other-format'
  | 'replayed'
  | 'too-big'
  | 'cut'
  | 'damaged'

/** Session bytes, or their metadata, are not what was sealed for this caller. Nothing of their content was read. */
export class SessionRefusedError extends SandboxError {
  readonly code = 'session-refused'
  readonly reason: SessionRefusal
  constructor(reason: SessionRefusal, detail: string, options?: ErrorOptions) {
    super(`Cannot use the session: ${detail}`, options)
    this.reason = reason
  }
}

/** What a session store was doing when it failed. */
export interface SessionStoreFailure {
  readonly operation: 'save' | 'load' | 'list' | 'remove' | 'claim'
  /** Null for a store that is no folder. */
  readonly folder: string | null
  /** Whether no space is left, on the disk or in a quota. */
  readonly isFull: boolean
}

/** A session store could not do what it was asked to. What it held before, it still holds. */
export class SessionStoreError extends SandboxError {
  readonly code = 'session-store-failed'
  readonly operation: SessionStoreFailure['operation']
  readonly folder: string | null
  readonly isFull: boolean
  constructor({ operation, folder, isFull }: SessionStoreFailure, options?: ErrorOptions) {
    const state = isFull ? 'no space is left; free some or remove sessions' : reasonOf(options?.cause)
    super(
      `Cannot ${operation} sessions in ${folder === null ? 'the store' : `"${folder}"`}: ${state}`,
      options,
    )
    this.operation = operation
    this.folder = folder
    this.isFull = isFull
  }
}

/** Every error of this library, for an exhaustive `switch` over `code`. */
export type AnySandboxError =
  | InvalidOptionsError
  | DenoNotFoundError
  | DenoUnsuitableError
  | CacheUnwritableError
  | ImageBuildError
  | ImageUnknownError
  | PackageError
  | IsolationError
  | WorkerStartError
  | QueueFullError
  | SandboxClosedError
  | UnsupportedError
  | FileInputError
  | FileUnavailableError
  | WorkspaceFileError
  | SessionRefusedError
  | SessionKeyError
  | SessionStoreError
  | SessionSaveError
  | SessionWakeError
  | SessionClosedError
  | SessionUnknownError
  | SessionExistsError
  | SessionInUseError

function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message
  return cause === undefined ? 'permission denied' : String(cause)
}

import { SandboxError } from './sandbox-error.ts'

/** A file that was to go in could not be read. */
export class FileInputError extends SandboxError {
  readonly code = 'file-input'
  /** Its name in the working folder. */
  readonly path: string
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`Cannot give ${JSON.stringify(path)} to Python: ${problem}`, options)
    this.path = path
  }
}

/** The contents of a file of a result are not there. */
export class FileUnavailableError extends SandboxError {
  readonly code = 'file-unavailable'
  readonly path: string
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`Cannot read ${JSON.stringify(path)}: ${problem}`, options)
    this.path = path
  }
}

/** Something cannot be done with a file in Python's working folder. */
export class WorkspaceFileError extends SandboxError {
  readonly code = 'workspace-file'
  readonly path: string
  /** `ENOENT`, `EISDIR`, `ENOTDIR`, `ENOSPC`, `EEXIST` and so on. */
  readonly errno: string
  constructor(path: string, errno: string, problem = ERRNO_TEXTS[errno] ?? errno) {
    super(`Cannot use the file ${JSON.stringify(path)} in the working folder: ${problem}`)
    this.path = path
    this.errno = errno
  }
}

const ERRNO_TEXTS: Readonly<Record<string, string>> = {
  EEXIST: 'something else has that name',
  EISDIR: 'it is a folder',
  EINVAL: 'it is not a file',
  ENOENT: 'there is no such file',
  ENOSPC: 'there is no room for it (maxFileBytes, maxFiles)',
  ENOTDIR: 'a part of the path is not a folder',
}

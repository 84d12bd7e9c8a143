import { InvalidOptionsError } from '../errors.ts'

/** Where user code starts, and where the files are that go in and come out. */
export const WORKSPACE = '/workspace'

const MAX_NAME_BYTES = 255
const MAX_PATH_CHARS = 4000

/**
 * What is wrong with the name of a file in the working folder, or null. A name is a relative path: any characters but
 * NUL, no `..`, no empty part.
 */
export function problemOfFileName(name: string): string | null {
  if (name === '') return 'must not be empty'
  if (name.includes('\0')) return 'must not contain NUL'
  if (/\p{Surrogate}/u.test(name)) return 'must be well-formed Unicode'
  if (name.length > MAX_PATH_CHARS) return `must not be longer than ${MAX_PATH_CHARS} characters`
  if (name.startsWith('/')) return `must be relative to ${WORKSPACE}`
  const parts = name.split('/')
  if (parts.includes('..')) return 'must not contain ".."'
  if (parts.some((part) => part === '' || part === '.')) return 'must not contain an empty part or "."'
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) {
    return `must not have a part longer than ${MAX_NAME_BYTES} bytes`
  }
  return null
}

/**
 * The absolute path, in Python's file system, of a file in the working folder. A path that begins with `/workspace/` is
 * taken as what it is; the empty name is the folder itself.
 * @throws InvalidOptionsError
 */
export function workspacePath(name: string): string {
  const relative = name.startsWith(`${WORKSPACE}/`) ? name.slice(WORKSPACE.length + 1) : name
  if (relative === '' || name === WORKSPACE) return WORKSPACE
  const problem = problemOfFileName(relative)
  if (problem === null) return `${WORKSPACE}/${relative}`
  const shown = JSON.stringify(name.slice(0, 200))
  throw new InvalidOptionsError('arguments', [{ path: 'path', problem: `${problem}, got ${shown}` }])
}

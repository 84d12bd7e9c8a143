import { InvalidOptionsError } from '../errors/errors.ts'

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

/** What opens a device on Windows, whatever stands behind its first dot. */
const DEVICE =
  /^(?:con|prn|aux|nul|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3]|conin\$|conout\$) *(?:\.|$)/i

/**
 * Why a writer of a file of this name could be led elsewhere, on some platform, or null: `\\` and `:` are parts of
 * paths of Windows, where a device also hides behind a name, and dots and spaces at an end are dropped.
 */
export function dangerOfFileName(name: string): string | null {
  if (/[\\:]/.test(name)) return 'its name holds "\\" or ":", which lead elsewhere on some platforms'
  if (/\p{Cc}/u.test(name)) return 'its name holds a control character'
  for (const part of name.split('/')) {
    if (DEVICE.test(part)) return 'its name is that of a device on some platforms'
    if (/[. ]$/.test(part)) return 'its name ends in a dot or a space, which some platforms drop'
  }
  return null
}

/**
 * The absolute path, in Python's file system, of a file in the working folder. A path that begins with `/workspace/` is
 * taken as what it is; the empty name is the folder itself.
 * @throws InvalidOptionsError
 */
export function workspacePath(name: string): string {
  const kind: string = typeof name
  if (kind !== 'string') throw notAPath(`must be a string, got a value of the type ${kind}`)
  const relative = name.startsWith(`${WORKSPACE}/`) ? name.slice(WORKSPACE.length + 1) : name
  if (relative === '' || name === WORKSPACE) return WORKSPACE
  const problem = problemOfFileName(relative)
  if (problem === null) return `${WORKSPACE}/${relative}`
  const shown = JSON.stringify(name.slice(0, 200))
  throw notAPath(`${problem}, got ${shown}`)
}

function notAPath(problem: string): InvalidOptionsError {
  return new InvalidOptionsError('arguments', [{ path: 'path', problem }])
}

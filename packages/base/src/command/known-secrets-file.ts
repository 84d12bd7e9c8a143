import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { problemOfSecret } from '../redaction/known-secrets.ts'
import { UsageError } from './outcome.ts'

const MAX_BYTES = 65_536
/** Of all of them: their forms are made within half a second. */
const MAX_CHARS = 8192

/** Characters that are in no secret that somebody writes on a line. */
const CONTROL = /\p{Cc}/u

/**
 * The secrets in a file of UTF-8, one on each line, without the space around them. Empty lines are none.
 * @param what the flag or the variable that names the file, for errors
 * @throws UsageError naming lines, and never what is on them
 */
export function readKnownSecrets(path: string, what: string): string[] {
  const refuse = (problem: string) => new UsageError(`${what}: "${path}" ${problem}`)
  const bytes = beginningOf(path, refuse)
  if (bytes.length > MAX_BYTES) throw refuse(`must have at most ${MAX_BYTES} bytes`)
  const secrets = new Set<string>()
  for (const [at, line] of textOf(bytes, refuse).split('\n').entries()) {
    const secret = line.trim()
    if (secret === '') continue
    const problem = CONTROL.test(secret) ? 'must hold no control characters' : problemOfSecret(secret)
    if (problem !== null) throw refuse(`cannot be used: line ${at + 1} ${problem}`)
    secrets.add(secret)
  }
  const chars = [...secrets].reduce((sum, { length }) => sum + length, 0)
  if (chars > MAX_CHARS)
    throw refuse(`has secrets of ${chars} characters: at most ${MAX_CHARS} are allowed together`)
  return [...secrets]
}

type Refuse = (problem: string) => UsageError

/** All of a file that is not too long, and one byte more of another. A device or a pipe may have no end. */
function beginningOf(path: string, refuse: Refuse): Buffer {
  try {
    // Otherwise a pipe that nobody writes to would be waited for. Windows has neither.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      if (!fstatSync(file).isFile()) throw refuse('is not a file')
      const bytes = Buffer.alloc(MAX_BYTES + 1)
      let length = 0
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(file, bytes, length, bytes.length - length, null)
      return bytes.subarray(0, length)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw refuse(`cannot be read: ${code === 'ENOENT' ? 'there is no such file' : code}`)
  }
}

function textOf(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('must be UTF-8')
  }
}

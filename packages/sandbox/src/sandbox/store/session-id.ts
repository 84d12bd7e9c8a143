import { InvalidOptionsError } from '../errors/errors.ts'
import { quoted } from '../permissions/entries.ts'

/** What an id looks like. */
export const SESSION_ID = /^[\w-]{1,64}$/
const FILE_NAME = /^session-((?:[\d_a-z-]|~[a-z]){1,128})$/

/**
 * Checks the id of a session.
 * @throws InvalidOptionsError
 */
export function parseSessionId(id: unknown): string {
  if (typeof id === 'string' && SESSION_ID.test(id)) return id
  throw new InvalidOptionsError('arguments', [
    { path: 'id', problem: `must be 1 to 64 letters, digits, "-" or "_", got ${quoted(id)}` },
  ])
}

/**
 * The name of the file of a session. Capital letters are written as `~a`, because some file systems do not tell them
 * from small ones; the prefix keeps away names such as `con`, which mean something to others.
 */
export function fileNameOf(id: string): string {
  return `session-${parseSessionId(id).replace(/[A-Z]/g, (letter) => `~${letter.toLowerCase()}`)}`
}

/** The id of the session whose file has this name, or null when no session has. */
export function idOfFile(name: string): string | null {
  const id = FILE_NAME.exec(name)?.[1]?.replace(/~(.)/g, (_all, letter: string) => letter.toUpperCase())
  return id !== undefined && SESSION_ID.test(id) ? id : null
}

import { InvalidArgumentError } from 'commander'

/** What one `--allow-*` flag grants: everything of its kind, or exactly a list. */
export type Grant = true | string[]

/**
 * Reads the list of an `--allow-*` flag and adds it to what earlier ones granted. A list that is empty, or has an
 * empty entry, is refused: it most likely comes from a variable that was not set, and must not turn into "all".
 */
export function addGrant(text: string, earlier: Grant | undefined): Grant {
  const entries = text.split(',')
  if (entries.some((entry) => entry.trim() === '')) {
    throw new InvalidArgumentError('The list has an empty entry.')
  }
  if (earlier === true) return true
  return [...(earlier ?? []), ...entries]
}

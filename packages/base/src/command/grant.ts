import { InvalidArgumentError } from 'commander'

/** What one `--allow-*` flag grants: everything of its kind, or exactly a list. */
export type Grant = true | string[]

/**
 * Reads the list of an `--allow-*` flag and adds it to what earlier ones granted. A list that is empty, or has an
 * empty entry, is refused: it most likely comes from a variable that was not set, and must not turn into "all".
 */
export function addGrant(text: string, earlier: Grant | undefined): Grant {
  const entries = entriesOf(text)
  if (earlier === true) return true
  return [...(earlier ?? []), ...entries]
}

/** Reads the list of `--deny-net` and adds it to what earlier ones denied. `none`, in words, is the empty list. */
export function addDenial(text: string, earlier: string[] | undefined): string[] {
  const entries = entriesOf(text)
  const lifted = entries.includes('none')
  if (lifted && (entries.length > 1 || earlier !== undefined)) {
    throw new InvalidArgumentError('"none" denies nothing, and cannot stand beside others.')
  }
  if (earlier?.length === 0) throw new InvalidArgumentError('"none" came before.')
  return lifted ? [] : [...(earlier ?? []), ...entries]
}

function entriesOf(text: string): string[] {
  const entries = text.split(',')
  if (entries.some((entry) => entry.trim() === '')) {
    throw new InvalidArgumentError('The list has an empty entry.')
  }
  return entries
}

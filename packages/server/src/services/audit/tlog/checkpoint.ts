import { HASH_BYTES } from './hashes.ts'
import { type NoteSigner, type NoteVerifier, openNote, signNote } from './signed-note.ts'

/** The head of a log: how many entries there are, and the root of the tree over them (C2SP: tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** Signs a head. `extension`: lines below it that the signatures cover too, each with its newline. */
export function signCheckpoint(
  { origin, size, root }: Checkpoint,
  signers: readonly NoteSigner[],
  extension = '',
): string {
  return signNote(`${origin}\n${size}\n${root.toString('base64')}\n${extension}`, signers)
}

/** Reads a head that one of these keys has signed; null when it is none. */
export function openCheckpoint(note: string, verifiers: readonly NoteVerifier[]): Checkpoint | null {
  const text = openNote(note, verifiers)
  return text === null ? null : readCheckpoint(text)
}

/** Reads the text of a head without checking its signature; null when it is none. */
export function readCheckpoint(text: string): Checkpoint | null {
  const [, origin = '', digits = '', base64 = ''] =
    /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z\d+/]{43}=)\n/.exec(text) ?? []
  const [size, root] = [Number(digits), Buffer.from(base64, 'base64')]
  if (origin === '' || !Number.isSafeInteger(size) || root.length !== HASH_BYTES) return null
  return { origin, size, root }
}

/** The notes in a file that heads were appended to, each followed by an empty line. */
export function notesIn(text: string): string[] {
  const parts = text.split('\n\n')
  const notes: string[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) notes.push(`${parts[at]}\n\n${parts[at + 1]}\n`)
  return notes
}

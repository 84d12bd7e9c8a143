import { type Checkpoint, openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts'
import { type NoteSigner, type NoteVerifier, parseVerifier } from './signed-note.ts'

/** One key hands a log over to the next: the last head that the first one signs. It names both, and both have signed it. */
export interface Handover extends Checkpoint {
  readonly from: NoteVerifier
  readonly to: NoteVerifier
  readonly note: string
}

/** Hands a log over at this head. */
export function signHandover(head: Checkpoint, from: NoteSigner, to: NoteSigner): string {
  return signCheckpoint(head, [from, to], `handover ${from.verifier.text} ${to.verifier.text}\n`)
}

/** Reads such a head; null when it is none, or one of the two has not signed it. */
export function openHandover(note: string): Handover | null {
  const [, one = '', other = ''] = /^[^\n]+\n\d+\n[^\n]+\nhandover (\S+) (\S+)\n\n/.exec(note) ?? []
  const [from, to] = [parseVerifier(one), parseVerifier(other)]
  const head = readCheckpoint(note)
  if (from === null || to === null || head === null || from.text === to.text) return null
  if (from.name !== head.origin || to.name !== head.origin) return null
  const isSigned = [from, to].every((key) => openCheckpoint(note, [key]) !== null)
  return isSigned ? { ...head, from, to, note } : null
}

import { SessionRefusedError } from '../errors/errors.ts'
import { quoted } from '../permissions/entries.ts'
import type { SessionMetadata } from '../result/session-metadata.ts'

/** For whom and on what session bytes are to be opened. */
export interface SealExpectation {
  readonly imageId: string
  /** Whose the session must be; null: nobody's in particular, and only such sessions. */
  readonly owner: string | null
  /** Sessions with a smaller `sequence` are refused as replayed; 0 allows all. */
  readonly minSequence: number
}

/**
 * Holds metadata that is known to be what was sealed against what is expected.
 * @throws SessionRefusedError: wrong-owner, wrong-image, replayed
 */
export function checkExpectation(
  metadata: SessionMetadata,
  { imageId, owner, minSequence }: SealExpectation,
): void {
  if (metadata.owner !== owner)
    throw new SessionRefusedError(
      'wrong-owner',
      `it is ${ownerText(metadata.owner)}, not ${ownerText(owner)}`,
    )
  if (metadata.imageId !== imageId) {
    throw new SessionRefusedError(
      'wrong-image',
      `it grew from the image ${quoted(metadata.imageId)}, and this one is ${quoted(imageId)}`,
    )
  }
  if (metadata.sequence < minSequence) {
    throw new SessionRefusedError(
      'replayed',
      `it is save ${metadata.sequence} of the session, and one older than ${minSequence} is not allowed`,
    )
  }
}

function ownerText(owner: string | null): string {
  return owner === null ? "nobody's" : `that of ${quoted(owner)}`
}

import { SessionRefusedError } from '../errors/errors.ts'
import { quoted } from '../permissions/entries.ts'
import { type SessionMetadata, sessionMetadataSchema } from '../result/session-metadata.ts'

/**
 * Reads metadata that a caller or a file gave back.
 * @throws SessionRefusedError: bad-metadata, other-format
 */
export function parseMetadata(metadata: unknown): SessionMetadata {
  const parsed = sessionMetadataSchema().safeParse(metadata)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  // The names of unknown fields are the caller's text.
  const problem = issue?.code === 'unrecognized_keys' ? 'there are unknown fields' : issue?.message
  // Without the parser's error as its cause: that can be far longer than the metadata is.
  throw new SessionRefusedError(
    where === 'formatVersion' ? 'other-format' : 'bad-metadata',
    `its metadata is none${where === '' ? '' : `, at ${quoted(where)}`}: ${problem}`,
  )
}

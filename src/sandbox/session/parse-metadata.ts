import { SessionRefusedError } from '../errors.ts'
import { quoted } from '../permissions/entries.ts'
import { type SessionMetadata, sessionMetadataSchema } from './session-metadata.ts'

/**
 * Reads metadata that a caller or a file gave back.
 * @throws SessionRefusedError: bad-metadata, other-format
 */
export function parseMetadata(metadata: unknown): SessionMetadata {
  const parsed = sessionMetadataSchema.safeParse(metadata)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new SessionRefusedError(
    where === 'formatVersion' ? 'other-format' : 'bad-metadata',
    `its metadata is none${where === '' ? '' : `, at ${quoted(where)}`}: ${issue?.message}`,
    { cause: parsed.error },
  )
}

import { randomBytes } from 'node:crypto'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { SecretBox } from '../secret-box.ts'
import { SessionInUseError } from './session-errors.ts'

// What seals a session that machines run. It is the session's alone: a machine gets it with the session, and no other.

/** A store that is the database: where sessions are that machines run. */
export const DATABASE_STORE = 'database'

type KeyedRow = Pick<SessionRow, 'id' | 'sealedKey'>

/** The session, where that is so. @throws SessionInUseError where a service keeps it, which runs code itself */
export function keptInDatabase(row: SessionRow): SessionRow {
  if (row.storeId === DATABASE_STORE) return row
  throw new SessionInUseError(row.id, 'a service that runs code itself keeps it')
}

/** A new key of a session, sealed. */
export function newSessionKey(secrets: SecretBox, sessionId: string): string {
  return secrets.seal(randomBytes(32).toString('base64'), keyPlaceOf(sessionId))
}

/** The key of a session, in base64. @throws SecretBoxError */
export function sessionKeyOf(secrets: SecretBox, { id, sealedKey }: KeyedRow): string {
  return secrets.open(sealedKey ?? '', keyPlaceOf(id))
}

/** The key of a session, sealed for one that goes on from it. @throws SecretBoxError */
export function copiedSessionKey(secrets: SecretBox, from: KeyedRow, sessionId: string): string {
  return secrets.seal(sessionKeyOf(secrets, from), keyPlaceOf(sessionId))
}

/** What it is sealed for. */
export function keyPlaceOf(sessionId: string): string {
  return `session-key ${sessionId}`
}

import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { apiKeys, sessions, users } from '../schema.ts'
import type { SessionRow } from './sessions.ts'

// What machines have of sessions between two uses. It is worth nothing by itself: the row says what a session is.

/** A session that a machine may have, and which machine that is. */
export interface LiveCopy {
  readonly session: string
  readonly machine: string
}

/** What a row says once a machine has saved the session: that it may have it still, and by which key. */
export function copyAt(machine: string) {
  const heldNow = sql`(select ${apiKeys.id} from ${apiKeys} where ${apiKeys.id} = ${sessions.apiKeyId}
    and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now()))`
  return { liveMachine: machine, liveKey: heldNow }
}

/** What a row says of a session that no machine is asked for first. */
export const NO_COPY = { liveMachine: null, liveKey: null }

/** Those that may be had no longer: their user was disabled, or the key is gone that they were made with. */
export async function endedCopies(db: Database, limit: number): Promise<LiveCopy[]> {
  const enabled = sql`exists (select 1 from ${users} where ${users.id} = ${sessions.userId} and not ${users.disabled})`
  const valid = sql`(${sessions.liveKey} is null or exists (select 1 from ${apiKeys} where ${apiKeys.id} = ${sessions.liveKey}
    and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > now())))`
  const rows = await db
    .select({ session: sessions.id, machine: sessions.liveMachine })
    .from(sessions)
    .where(and(isNotNull(sessions.liveMachine), sql`not (${enabled} and ${valid})`))
    .limit(limit)
  return rows.flatMap(({ session, machine }) => (machine === null ? [] : [{ session, machine }]))
}

/** Notes that these were told to go; one that is in use now is told again after it. */
export async function forgetCopies(db: Database, ids: readonly SessionRow['id'][]): Promise<void> {
  if (ids.length === 0) return
  await db
    .update(sessions)
    .set(NO_COPY)
    .where(and(inArray(sessions.id, [...ids]), isNull(sessions.holder)))
}

/** Notes that the machine is lost that had them, or has left. */
export async function forgetCopiesOf(db: Database, machine: string): Promise<void> {
  await db.update(sessions).set(NO_COPY).where(eq(sessions.liveMachine, machine))
}

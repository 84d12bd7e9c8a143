import { and, count, eq, getTableColumns, inArray, isNotNull, isNull, like, ne, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditOpen, executions, sessions, users } from '../schema.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** A session as stored. */
export type SessionRow = typeof sessions.$inferSelect
/** A session in a list: without what is in its bytes, which may be long. */
export type SessionSummary = Omit<SessionRow, 'metadata'>
/** What is known when it is made. */
export type NewSession = Omit<
  SessionRow,
  | 'sequence'
  | 'bytes'
  | 'metadata'
  | 'unsaved'
  | 'createdAt'
  | 'lastUsedAt'
  | keyof HeldColumns
  | 'sealedKey'
  | 'agentRunId'
> & { readonly sealedKey?: string | null; readonly agentRunId?: string | null }
/** What is known of one that machines run while somebody uses it, and where its bytes are. */
type HeldColumns = Pick<
  SessionRow,
  | 'holder'
  | 'heldUntil'
  | 'machine'
  | 'epoch'
  | 'object'
  | 'draft'
  | 'draftBytes'
  | 'draftSteps'
  | 'stepsBack'
  | 'liveMachine'
  | 'liveKey'
>
/** What a save tells. */
export type SaveFacts = Pick<SessionRow, 'sequence' | 'bytes' | 'metadata' | 'unsaved'>

/** How many sessions there may be of a user, and of the key that is used. */
interface SessionRoom {
  readonly user: number
  readonly key: number | null
}

/** Notes a new session, if there is room for one more: gives whose room is used up, or null. */
export async function insertSession(
  db: Database,
  row: NewSession,
  room: SessionRoom,
): Promise<'user' | 'api-key' | null> {
  return await db.transaction(async (tx) => {
    // Of two at once the second one counts the first.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, row.userId)).for('update')
    if ((await countOf(tx, 'userId', row.userId)) >= room.user) return 'user'
    const { apiKeyId } = row
    if (apiKeyId !== null && room.key !== null && (await countOf(tx, 'apiKeyId', apiKeyId)) >= room.key)
      return 'api-key'
    await tx.insert(sessions).values(row)
    return null
  })
}

/** Notes a session that is there for the run of an agent alone: it is none of those that a user may have. */
export async function insertSessionOfRun(
  db: Database,
  row: NewSession & { readonly agentRunId: string },
): Promise<SessionRow> {
  const [made] = await db.insert(sessions).values(row).returning()
  if (made === undefined) throw new TypeError('Cannot note a session: the database gave no row')
  return made
}

async function countOf(db: Database, column: 'userId' | 'apiKeyId', id: string): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(sessions)
    .where(and(eq(sessions[column], id), isNull(sessions.agentRunId)))
  return row?.n ?? 0
}

/** One session that is not about to be made or removed, or null. */
export async function findSession(db: Database, id: string): Promise<SessionRow | null> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, id), eq(sessions.state, 'ready')))
  return row ?? null
}

const { metadata: _metadata, ...summaryColumns } = getTableColumns(sessions)

/** Sessions, newest first. */
export async function listSessions(
  db: Database,
  filter: { readonly userId?: string },
  request: PageRequest,
): Promise<Page<SessionSummary>> {
  const { where, order, take } = pageOf(sessions.id, request)
  const wanted = and(
    ...matching({ userId: sessions.userId }, filter),
    eq(sessions.state, 'ready'),
    isNull(sessions.agentRunId),
    where,
  )
  const rows = await db.select(summaryColumns).from(sessions).where(wanted).orderBy(order).limit(take)
  return toPage(rows, request)
}

/** Notes that a session was used, and what was saved of it. */
export async function recordSessionUse(
  db: Database,
  id: string,
  change: Partial<SaveFacts> & Pick<SessionRow, 'lastUsedAt'>,
): Promise<void> {
  await db.update(sessions).set(change).where(eq(sessions.id, id))
}

/** Notes how many bytes are kept of a session, which count from then on. */
export async function setSessionBytes(db: Database, id: string, bytes: number): Promise<void> {
  await db.update(sessions).set({ bytes }).where(eq(sessions.id, id))
}

/** Brings a session from one state to the next; gives it, or null when it is in another one. */
export async function moveSession(
  db: Database,
  id: string,
  { from, to }: { readonly from: SessionRow['state']; readonly to: SessionRow['state'] },
): Promise<SessionRow | null> {
  const [row] = await db
    .update(sessions)
    .set({ state: to })
    .where(and(eq(sessions.id, id), eq(sessions.state, from)))
    .returning()
  return row ?? null
}

/** Has all sessions of a user removed: nobody finds them any more. */
export async function markSessionsOf(db: Database, userId: string): Promise<void> {
  await db.update(sessions).set({ state: 'deleting' }).where(eq(sessions.userId, userId))
}

/** Has those removed that an instance was making in a store, or had for runs of agents, when it was lost. */
export async function markSessionsInMaking(
  db: Database,
  { storeId, instance }: Pick<SessionRow, 'storeId' | 'instance'>,
): Promise<void> {
  const lost = or(eq(sessions.state, 'creating'), isNotNull(sessions.agentRunId))
  await db
    .update(sessions)
    .set({ state: 'deleting' })
    .where(and(eq(sessions.storeId, storeId), eq(sessions.instance, instance), lost))
}

/** Forgets a session whose bytes are gone; gives the machine that may have it still. */
export async function deleteSession(db: Database, id: string): Promise<string | null> {
  const [row] = await db.delete(sessions).where(eq(sessions.id, id)).returning({ at: sessions.liveMachine })
  return row?.at ?? null
}

/** Sessions in a store that are to be removed: also those that an instance was making when it was killed. */
export async function unfinishedSessions(
  db: Database,
  { storeId, madeBy }: { readonly storeId: string; readonly madeBy: string | null },
): Promise<SessionRow[]> {
  const { state, instance } = sessions
  const broken = madeBy === null ? undefined : and(eq(state, 'creating'), eq(instance, madeBy))
  return await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.storeId, storeId), ne(state, 'ready'), or(eq(state, 'deleting'), broken)))
}

/** Sessions in a store with which an instance had something under way: they may have been saved, and it is not noted. */
export async function sessionsInUse(
  db: Database,
  { storeId, instance }: { readonly storeId: string; readonly instance: string },
): Promise<SessionRow[]> {
  const running = db
    .select({ id: executions.sessionId })
    .from(executions)
    .where(and(eq(executions.instance, instance), eq(executions.status, 'running')))
  const written = db
    .select({ id: auditOpen.resourceId })
    .from(auditOpen)
    .where(and(eq(auditOpen.instance, instance), like(auditOpen.action, 'session.%')))
  return await db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.storeId, storeId),
        eq(sessions.state, 'ready'),
        or(inArray(sessions.id, running), inArray(sessions.id, written)),
      ),
    )
}

import { and, asc, eq, gte, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditEntries, auditHead, auditInbox, auditTiles } from '../schema.ts'

/** An entry at its place in the log. */
export type AuditEntryRow = typeof auditEntries.$inferSelect
/** The head of the log. */
export type AuditHeadRow = typeof auditHead.$inferSelect
/** A tile of the tree. */
export type AuditTileRow = typeof auditTiles.$inferSelect

/** The head of the log. */
export async function auditHeadOf(db: Database): Promise<AuditHeadRow> {
  const [row] = await db.select().from(auditHead)
  if (row === undefined) throw new TypeError('Cannot read the audit log: its head is gone')
  return row
}

/** Tiles at these places, those of them that there are. */
export async function auditTilesAt(
  db: Database,
  places: readonly Pick<AuditTileRow, 'level' | 'index'>[],
): Promise<AuditTileRow[]> {
  if (places.length === 0) return []
  const { level, index } = auditTiles
  const each = places.map((place) => and(eq(level, place.level), eq(index, place.index)))
  return await db
    .select()
    .from(auditTiles)
    .where(or(...each))
}

/** Tiles of one level from an index on, in their order. */
export async function auditTilesFrom(
  db: Database,
  { level, index }: Pick<AuditTileRow, 'level' | 'index'>,
  limit: number,
): Promise<AuditTileRow[]> {
  return await db
    .select()
    .from(auditTiles)
    .where(and(eq(auditTiles.level, level), gte(auditTiles.index, index)))
    .orderBy(asc(auditTiles.index))
    .limit(limit)
}

/** Entries from an index on, in their order. */
export async function auditEntriesFrom(db: Database, index: number, limit: number): Promise<AuditEntryRow[]> {
  return await db
    .select()
    .from(auditEntries)
    .where(gte(auditEntries.index, index))
    .orderBy(asc(auditEntries.index))
    .limit(limit)
}

/** The last entry of an execution, or null: its end where it has ended. */
export async function lastEntryOfExecution(db: Database, executionId: string): Promise<AuditEntryRow | null> {
  const rows = await db.select().from(auditEntries).where(eq(auditEntries.executionId, executionId)).limit(10)
  return rows.sort((one, other) => other.index - one.index)[0] ?? null
}

/** Events that wait for their place in the log, those first that were written first. */
export async function auditWaiting(
  db: Database,
  limit: number,
): Promise<Pick<typeof auditInbox.$inferSelect, 'n' | 'leaf'>[]> {
  const { n, leaf } = auditInbox
  return await db.select({ n, leaf }).from(auditInbox).orderBy(asc(n)).limit(limit)
}

/** The places in the queue of the events of one deed, in their order. */
export async function auditWaitingOf(db: Database, deedId: string): Promise<number[]> {
  const { n } = auditInbox
  const rows = await db.select({ n }).from(auditInbox).where(eq(auditInbox.deedId, deedId)).orderBy(asc(n))
  return rows.map((row) => row.n)
}

/** How many wait, and since when; null for none. */
export async function auditLag(
  db: Database,
): Promise<{ readonly waiting: number; readonly since: Date | null }> {
  const [row] = await db
    .select({ waiting: sql<string>`count(*)`, since: sql<string | null>`min(time)::text` })
    .from(auditInbox)
  return { waiting: Number(row?.waiting ?? 0), since: row?.since ? new Date(row.since) : null }
}

/** Entries that get their places in the log. */
export interface AuditBatch {
  /** The head that it follows. */
  readonly before: Pick<AuditHeadRow, 'size' | 'checkpoint'>
  /** Those that wait, in the order of their places. */
  readonly waiting: readonly number[]
  /** The tiles that change, as they are then. */
  readonly tiles: readonly AuditTileRow[]
  readonly checkpoint: string
}

/**
 * Gives entries their places: with the tree over them and its head in one statement. False, and nothing done, when the
 * log has another head meanwhile: of two who try, one does it.
 */
export async function appendToLog(
  db: Database,
  { before, waiting, tiles, checkpoint }: AuditBatch,
): Promise<boolean> {
  const { size } = before
  const isBefore = sql`size = ${size} and checkpoint is not distinct from ${before.checkpoint}::text`
  const rows = tiles.map(
    (tile) => sql`(${tile.level}::integer, ${tile.index}::bigint, ${tile.hashes}::bytea)`,
  )
  const answer = await db.execute(sql`
    with head as (
      update audit_head set size = size + ${waiting.length}, checkpoint = ${checkpoint} where ${isBefore} returning 1
    ), place as (
      select n, ${size} + at - 1 as index
      from unnest(${`{${waiting.join(',')}}`}::bigint[]) with ordinality as wanted(n, at), head
    ), moved as (
      delete from audit_inbox using place where audit_inbox.n = place.n returning place.index, audit_inbox.*
    ), placed as (
      insert into audit_entries
        (index, deed_id, phase, time, actor_id, action, resource_id, outcome, execution_id, leaf)
      select index, deed_id, phase, time, actor_id, action, resource_id, outcome, execution_id, leaf
      from moved order by index returning 1
    ), tiles as (
      insert into audit_tiles (level, index, hashes)
      select wanted.* from (values ${sql.join(rows, sql`, `)}) as wanted(level, index, hashes), head
      on conflict (level, index) do update set hashes = excluded.hashes returning 1
    )
    -- What is hashed and what is placed is the same, or nothing of it is done.
    select (select count(*) from head)::integer as heads,
      1 / (case when (select count(*) from placed) = (select count(*) from place) then 1 else 0 end) as all`)
  const [row] = (answer as unknown as { readonly rows: { readonly heads: number }[] }).rows
  return row?.heads === 1
}

/** When the entries from one index on, until before another one, were written. */
export async function entryTimes(
  db: Database,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<Date[]> {
  const { index, time } = auditEntries
  const rows = await db
    .select({ time })
    .from(auditEntries)
    .where(and(gte(index, first), lt(index, end)))
  return rows.map((row) => row.time)
}

/** Deletes entries below an index and says that the log begins there; gives how many. Tiles stay. */
export async function raiseMinimumIndex(db: Database, index: number): Promise<number> {
  const raised = db.$with('raised').as(
    db
      .update(auditHead)
      .set({ minimumIndex: sql`greatest(minimum_index, ${index})` })
      .where(eq(auditHead.id, 1))
      .returning({ id: auditHead.id }),
  )
  const gone = await db
    .with(raised)
    .delete(auditEntries)
    .where(lt(auditEntries.index, index))
    .returning({ index: auditEntries.index })
  return gone.length
}

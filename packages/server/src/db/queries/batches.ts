import { and, asc, eq, gte, inArray, isNotNull, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { batches, batchPrograms, idempotencyKeys } from '../schema.ts'
import type { DeedBegin, NewAuditEvent } from './audit.ts'
import { begunWhenAdmitted, ended } from './audited-row.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'
import { admission, HELD, type HeldRow, heldRows, type QuotaDemand } from './quota-admission.ts'
import { lockUsage } from './quota-usage.ts'
import type { OldRows } from './retention.ts'

/** A batch as stored, without its programs. */
export type BatchRow = typeof batches.$inferSelect

/** What is known of a batch before it begins. */
export type NewBatch = Pick<
  BatchRow,
  'id' | 'userId' | 'apiKeyId' | 'instance' | 'options' | 'programs' | 'places' | 'recordBytes'
>

/** So many programs are inserted in one statement. */
const AT_ONCE = 100

/** A batch that is about to begin, with its programs, which are JSON, and what it takes of the quotas. */
export interface BatchStart extends DeedBegin {
  readonly batch: NewBatch
  readonly programs: readonly string[]
  readonly demand: QuotaDemand
}

/** What came of admitting it: every holder as it was found, with the moment where it was recorded. */
export type AdmittedBatch = HeldRow & { readonly createdAt: string | null }

/**
 * Admits a batch, and records it, the open half of its audit entry and its programs, in a transaction: it must be rolled back
 * where it was not admitted. The programs are first: who has been admitted is in nobody's way for long.
 */
export async function recordBatch(
  tx: Database,
  { batch, programs: texts, demand, ...deed }: BatchStart,
): Promise<AdmittedBatch[]> {
  const { id, userId, apiKeyId, instance, options, programs, places, recordBytes } = batch
  for (let start = 0; start < texts.length; start += AT_ONCE) {
    const some = texts.slice(start, start + AT_ONCE)
    await tx
      .insert(batchPrograms)
      .values(some.map((text, at) => ({ batchId: id, index: start + at, program: sql`${text}` })))
      .onConflictDoNothing()
  }
  return await heldRows(
    tx,
    sql`with ${admission(demand)}, ${begunWhenAdmitted(deed)}, started as (
      insert into batches (id, user_id, api_key_id, instance, status, options, programs, places, record_bytes)
      select ${id}, ${userId}, ${apiKeyId}::text, ${instance}, 'running', ${JSON.stringify(options)},
        ${programs}::integer, ${places}::integer, ${recordBytes}::bigint
      where exists (select from admitted) returning created_at
    ) select ${HELD}, (select created_at from started) as "createdAt" from ready`,
  )
}

/** What became of one program; `result` is JSON. */
export interface EndedProgram {
  readonly index: number
  readonly status: 'success' | 'error' | 'failed'
  readonly result: string | null
  readonly failure: string | null
  readonly cpuMs: number
  readonly bytes: number
}

/** Records what became of some programs of a batch that runs: one statement. */
export async function recordPrograms(db: Database, id: string, ends: readonly EndedProgram[]): Promise<void> {
  const rows = ends.map(
    ({ index, status, result, failure }) =>
      sql`(${index}::integer, ${status}::text, ${result}::text, ${sql.param(failure, batchPrograms.failure)}::text)`,
  )
  const sum = (of: (end: EndedProgram) => number) => ends.reduce((total, end) => total + of(end), 0)
  await db.execute(sql`
    with counted as (
      update ${batches}
      set done = done + ${ends.length},
        succeeded = succeeded + ${sum(({ status }) => Number(status === 'success'))},
        cpu_ms = cpu_ms + ${sum(({ cpuMs }) => cpuMs)},
        record_bytes = record_bytes + ${sum(({ bytes }) => bytes)}
      where id = ${id} and status = 'running'
      returning id
    )
    update ${batchPrograms} as program
    set status = given.status, result = given.result, failure = given.failure
    from counted, (values ${sql.join(rows, sql`, `)}) as given (index, status, result, failure)
    where program.batch_id = counted.id and program.index = given.index`)
}

/** How a batch ended. */
export type BatchEnd = Pick<BatchRow, 'status' | 'problem'>

/** Records how a batch ended and closes its audit entry. Gives its row; null when it was over or deleted. */
export async function endBatch(
  db: Database,
  id: string,
  { end, event }: { readonly end: BatchEnd; readonly event: NewAuditEvent },
): Promise<BatchRow | null> {
  const [row] = await db
    .with(...ended(db, event))
    .update(batches)
    .set({ ...end, finishedAt: event.time })
    .where(and(eq(batches.id, id), eq(batches.status, 'running')))
    .returning()
  return row ?? null
}

/** Records that what an instance had running when it went away was broken off. */
export async function interruptBatches(db: Database, instance: string): Promise<number> {
  return await db.transaction(async (tx) => {
    const left = and(eq(batches.instance, instance), eq(batches.status, 'running'))
    await lockUsage(tx, batches, left)
    const rows = await tx
      .update(batches)
      .set({ status: 'interrupted', problem: 'The service ended while it ran', finishedAt: new Date() })
      .where(left)
      .returning({ id: batches.id })
    return rows.length
  })
}

/** One batch, or null. */
export async function findBatch(db: Database, id: string): Promise<BatchRow | null> {
  const [row] = await db.select().from(batches).where(eq(batches.id, id))
  return row ?? null
}

/** A program that has run; `result` is JSON. */
export type ProgramRow = Pick<EndedProgram, 'index' | 'status' | 'result' | 'failure'>

/** Programs that have run, from one index on, in their order. */
export async function endedPrograms(
  db: Database,
  batchId: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<ProgramRow[]> {
  const { index, status, failure } = batchPrograms
  const rows = await db
    .select({ index, status, failure, result: sql<string | null>`${batchPrograms.result}` })
    .from(batchPrograms)
    .where(and(eq(batchPrograms.batchId, batchId), gte(index, from), isNotNull(status)))
    .orderBy(asc(index))
    .limit(limit)
  return rows.flatMap((row) => (row.status === null ? [] : [{ ...row, status: row.status }]))
}

/** Which batches of a list are wanted. */
export interface BatchFilter {
  readonly userId?: string
}

/** Batches, newest first. */
export async function listBatches(
  db: Database,
  filter: BatchFilter,
  request: PageRequest,
): Promise<Page<BatchRow>> {
  const { where, order, take } = pageOf(batches.id, request)
  const wanted = and(...matching({ userId: batches.userId }, filter), where)
  return toPage(await db.select().from(batches).where(wanted).orderBy(order).limit(take), request)
}

/** Deletes those of these batches that are over, with their programs; the audit of them stays. Gives their ids. */
export async function deleteBatches(db: Database, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  return await db.transaction(async (tx) => {
    const { id } = batches
    const gone = await tx
      .delete(batches)
      .where(and(inArray(id, [...ids]), ne(batches.status, 'running')))
      .returning({ id })
    const goneIds = gone.map((row) => row.id)
    if (goneIds.length === 0) return []
    await tx.delete(batchPrograms).where(inArray(batchPrograms.batchId, goneIds))
    await tx.delete(idempotencyKeys).where(inArray(idempotencyKeys.executionId, goneIds))
    return goneIds
  })
}

/** Some batches of a user that are over. */
export async function endedBatchesOf(db: Database, userId: string, limit: number): Promise<string[]> {
  const over = and(eq(batches.userId, userId), ne(batches.status, 'running'))
  return (await db.select({ id: batches.id }).from(batches).where(over).limit(limit)).map(({ id }) => id)
}

/** Is anything left of the batches of a user? */
export async function hasBatches(db: Database, userId: string): Promise<boolean> {
  const rows = await db.select({ id: batches.id }).from(batches).where(eq(batches.userId, userId)).limit(1)
  return rows.length > 0
}

/** Batches that ended before a moment. */
export async function batchesEndedBefore(db: Database, { before, limit }: OldRows): Promise<string[]> {
  const old = and(lt(batches.finishedAt, before), ne(batches.status, 'running'))
  return (await db.select({ id: batches.id }).from(batches).where(old).limit(limit)).map(({ id }) => id)
}

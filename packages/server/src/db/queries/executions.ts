import { and, eq, getTableColumns, inArray, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, idempotencyKeys, webhookDeliveries } from '../schema.ts'
import type { NewAuditRow } from './audit.ts'
import { type AuditEnd, entryClosed, entryOpened } from './audited-row.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** An execution as stored. */
export type ExecutionRow = typeof executions.$inferSelect
/** An execution in a list: without its code and its result, which may be large. */
export type ExecutionSummary = Omit<ExecutionRow, 'code' | 'result' | 'options'>
/** What is known when it ends. */
export type ExecutionEnd = Pick<ExecutionRow, 'status' | 'failure' | 'cpuMs' | 'bytes' | 'fileBytes'> & {
  /** What is recorded of its result, as JSON. */
  readonly record: string | null
  /** How many bytes more are recorded now. */
  readonly recordBytes: number
}

/** What is known before it begins. The code and the options are JSON. */
export type NewExecution = Pick<
  ExecutionRow,
  'id' | 'userId' | 'apiKeyId' | 'toolId' | 'toolVersion' | 'instance' | 'recordBytes'
> & { readonly code: string; readonly options: string; readonly sessionId?: string | null }

/**
 * Records an execution and the open half of its audit entry before it begins: one statement, both or neither. Gives the
 * moment.
 */
export async function recordStart(
  db: Database,
  { execution, entry }: { readonly execution: NewExecution; readonly entry: NewAuditRow },
): Promise<Date> {
  const [row] = await db
    .with(entryOpened(db, entry))
    .insert(executions)
    .values({ ...execution, ...asText(execution), status: 'running' })
    .returning({ createdAt: executions.createdAt })
  if (row === undefined) throw new TypeError('Cannot insert the execution: no row came back')
  return row.createdAt
}

/** It is JSON already: written once, and not read back. */
function asText({ code, options }: Pick<NewExecution, 'code' | 'options'>) {
  return { code: sql`${code}`, options: sql`${options}` }
}

/**
 * Records how an execution ended and closes its audit entry: one statement, both or neither. Gives the moment. The first
 * end counts; null when there was one, or the execution was deleted meanwhile.
 */
export async function recordEnd(
  db: Database,
  id: string,
  { end, ...audit }: { readonly end: ExecutionEnd } & AuditEnd,
): Promise<Date | null> {
  const { record, recordBytes, ...rest } = end
  const finishedAt = new Date()
  const [row] = await db
    .with(entryClosed(db, audit, finishedAt))
    .update(executions)
    .set({
      ...{ ...rest, finishedAt, result: record === null ? null : sql`${record}` },
      recordBytes: sql`${executions.recordBytes} + ${recordBytes}`,
    })
    .where(and(eq(executions.id, id), eq(executions.status, 'running')))
    .returning({ id: executions.id })
  return row === undefined ? null : finishedAt
}

/** Records that what an instance had running when it went away was broken off. */
export async function interruptExecutions(db: Database, instance: string): Promise<number> {
  const rows = await db
    .update(executions)
    .set({
      status: 'interrupted',
      failure: 'The service ended while it ran',
      finishedAt: new Date(),
    })
    .where(and(eq(executions.instance, instance), eq(executions.status, 'running')))
    .returning({ id: executions.id })
  return rows.length
}

/** One execution, or null. */
export async function findExecution(db: Database, id: string): Promise<ExecutionRow | null> {
  const [row] = await db.select().from(executions).where(eq(executions.id, id))
  return row ?? null
}

/** What was deleted of an execution, and for whom it counts no more. */
export type DeletedExecution = Pick<ExecutionRow, 'id' | 'userId' | 'apiKeyId' | 'fileBytes' | 'recordBytes'>

/** Deletes those of these executions that are over, with what belongs to them; the audit of them stays. */
export async function deleteExecutions(db: Database, ids: readonly string[]): Promise<DeletedExecution[]> {
  if (ids.length === 0) return []
  return await db.transaction(async (tx) => {
    const { id, userId, apiKeyId, fileBytes, recordBytes } = executions
    const gone = await tx
      .delete(executions)
      .where(and(inArray(id, [...ids]), ne(executions.status, 'running')))
      .returning({ id, userId, apiKeyId, fileBytes, recordBytes })
    const goneIds = gone.map((row) => row.id)
    if (goneIds.length === 0) return []
    await tx.delete(webhookDeliveries).where(inArray(webhookDeliveries.executionId, goneIds))
    await tx.delete(idempotencyKeys).where(inArray(idempotencyKeys.executionId, goneIds))
    return gone
  })
}

/** Some executions of a user that are over. */
export async function endedExecutionsOf(db: Database, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(and(eq(executions.userId, userId), ne(executions.status, 'running')))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Is anything left of the executions of a user? */
export async function hasExecutions(db: Database, userId: string): Promise<boolean> {
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(eq(executions.userId, userId))
    .limit(1)
  return rows.length > 0
}

const { code: _code, result: _result, options: _options, ...summaryColumns } = getTableColumns(executions)

/** Which executions of a list are wanted. */
export interface ExecutionFilter {
  readonly userId?: string
  readonly toolId?: string | undefined
  readonly sessionId?: string | undefined
  readonly status?: ExecutionRow['status'] | undefined
}

/** Executions, newest first. */
export async function listExecutions(
  db: Database,
  filter: ExecutionFilter,
  request: PageRequest,
): Promise<Page<ExecutionSummary>> {
  const { where, order, take } = pageOf(executions.id, request)
  const { userId, toolId, sessionId, status } = executions
  const wanted = and(...matching({ userId, toolId, sessionId, status }, filter), where)
  const rows = await db.select(summaryColumns).from(executions).where(wanted).orderBy(order).limit(take)
  return toPage(rows, request)
}

/** Notes which execution answers a request that may be repeated; gives the earlier one where there is one. */
export async function claimIdempotencyKey(
  db: Database,
  claim: Omit<typeof idempotencyKeys.$inferSelect, 'createdAt'>,
): Promise<{ requestHash: string; executionId: string } | null> {
  const inserted = await db
    .insert(idempotencyKeys)
    .values(claim)
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key })
  if (inserted.length > 0) return null
  const [row] = await db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, claim.userId), eq(idempotencyKeys.key, claim.key)))
  return row ?? null
}

/** Lets a request be made again whose execution could not be run. */
export async function forgetIdempotencyKey(db: Database, executionId: string): Promise<void> {
  await db.delete(idempotencyKeys).where(eq(idempotencyKeys.executionId, executionId))
}

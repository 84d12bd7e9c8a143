import { and, eq, getTableColumns, inArray, notInArray, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, idempotencyKeys, webhookDeliveries } from '../schema.ts'
import type { DeedBegin, NewAuditEvent } from './audit.ts'
import { begunWhenAdmitted, ended } from './audited-row.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'
import { admission, HELD, type HeldRow, heldRows, type QuotaDemand } from './quota-admission.ts'
import { lockUsage } from './quota-usage.ts'

/** An execution as stored. */
export type ExecutionRow = typeof executions.$inferSelect
/** An execution in a list: without its code and its result, which may be large. */
export type ExecutionSummary = Omit<ExecutionRow, 'code' | 'result' | 'options'>
/** What has not ended: it waits for a machine, or runs. */
export const UNFINISHED = ['queued', 'running'] as const satisfies readonly ExecutionRow['status'][]

/** Has it not ended? */
export function isUnfinished({ status }: Pick<ExecutionRow, 'status'>): boolean {
  return status === 'queued' || status === 'running'
}

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
  'id' | 'userId' | 'apiKeyId' | 'toolId' | 'toolVersion' | 'instance' | 'recordBytes' | 'status'
> & { readonly code: string; readonly options: string; readonly sessionId?: string | null }

/** An execution that is about to begin, and what it takes of the quotas. */
export interface ExecutionStart extends DeedBegin {
  readonly execution: NewExecution
  readonly demand: QuotaDemand
}

/** What came of admitting it: every holder as it was found, with the moment where it was recorded. */
export type AdmittedExecution = HeldRow & { readonly createdAt: string | null }

/**
 * Admits an execution, and records it and the open half of its audit entry before it begins: one statement, all of it or
 * nothing.
 */
export async function recordStart(
  db: Database,
  { execution, demand, ...deed }: ExecutionStart,
): Promise<AdmittedExecution[]> {
  const { id, userId, apiKeyId, toolId, toolVersion, sessionId = null, instance, status } = execution
  const { code, options, recordBytes } = execution
  return await heldRows(
    db,
    sql`with ${admission(demand)}, ${begunWhenAdmitted(deed)}, started as (
      insert into executions
        (id, user_id, api_key_id, tool_id, tool_version, session_id, instance, status, code, options, record_bytes)
      select ${id}, ${userId}, ${apiKeyId}::text, ${toolId}::text, ${toolVersion}::integer, ${sessionId}::text, ${instance},
        ${status}, ${code}, ${options}, ${recordBytes}::bigint
      where exists (select from admitted) returning created_at
    ) select ${HELD}, (select created_at from started) as "createdAt" from ready`,
  )
}

/**
 * Records how an execution ended and closes its audit entry: one statement, both or neither. Gives the moment. The first
 * end counts, and that of the instance whose it is; null when there was one, or the execution was deleted meanwhile.
 */
export async function recordEnd(
  db: Database,
  { id, instance }: Pick<ExecutionRow, 'id' | 'instance'>,
  { end, event }: { readonly end: ExecutionEnd; readonly event: NewAuditEvent },
): Promise<Date | null> {
  const { record, recordBytes, ...rest } = end
  const finishedAt = event.time
  const isOpen = and(
    eq(executions.id, id),
    eq(executions.instance, instance),
    inArray(executions.status, [...UNFINISHED]),
  )
  const [row] = await db
    // A service that may not end the execution may not end its deed.
    .with(...ended(db, event, sql`exists (select 1 from ${executions} where ${isOpen})`))
    .update(executions)
    .set({
      ...{ ...rest, finishedAt, result: record === null ? null : sql`${record}` },
      recordBytes: sql`${executions.recordBytes} + ${recordBytes}`,
    })
    .where(isOpen)
    .returning({ id: executions.id })
  return row === undefined ? null : finishedAt
}

/**
 * Records that what an instance had running when it went away was broken off: what it had reserved is free again. Gives
 * whose they were.
 */
export async function interruptExecutions(
  db: Database,
  instance: string,
): Promise<Pick<ExecutionRow, 'userId' | 'toolId'>[]> {
  return await db.transaction(async (tx) => {
    const { userId, toolId, status } = executions
    const left = and(eq(executions.instance, instance), inArray(status, [...UNFINISHED]))
    await lockUsage(tx, executions, left)
    return await tx
      .update(executions)
      .set({
        ...{ status: 'interrupted', fileBytes: 0, failure: 'The service ended while it ran' },
        finishedAt: new Date(),
      })
      .where(left)
      .returning({ userId, toolId })
  })
}

/** One execution, or null. */
export async function findExecution(db: Database, id: string): Promise<ExecutionRow | null> {
  const [row] = await db.select().from(executions).where(eq(executions.id, id))
  return row ?? null
}

/** Deletes those of these executions that are over, with what belongs to them; the audit of them stays. Gives their ids. */
export async function deleteExecutions(db: Database, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  return await db.transaction(async (tx) => {
    const { id } = executions
    const gone = await tx
      .delete(executions)
      .where(and(inArray(id, [...ids]), notInArray(executions.status, [...UNFINISHED])))
      .returning({ id })
    const goneIds = gone.map((row) => row.id)
    if (goneIds.length === 0) return []
    await tx.delete(webhookDeliveries).where(inArray(webhookDeliveries.executionId, goneIds))
    await tx.delete(idempotencyKeys).where(inArray(idempotencyKeys.executionId, goneIds))
    return goneIds
  })
}

/** Some executions of a user that are over. */
export async function endedExecutionsOf(db: Database, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(and(eq(executions.userId, userId), notInArray(executions.status, [...UNFINISHED])))
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

/** Executions in a session that have not ended. */
export async function unfinishedInSession(db: Database, sessionId: string): Promise<ExecutionRow[]> {
  return await db
    .select()
    .from(executions)
    .where(and(eq(executions.sessionId, sessionId), inArray(executions.status, [...UNFINISHED])))
}

import { and, eq, getTableColumns, gte, lt, sum } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, idempotencyKeys } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** An execution as stored. */
export type ExecutionRow = typeof executions.$inferSelect
/** An execution in a list: without its code and its result, which may be large. */
export type ExecutionSummary = Omit<ExecutionRow, 'code' | 'result' | 'options'>
/** What is known when it ends. */
export type ExecutionEnd = Pick<ExecutionRow, 'status' | 'result' | 'failure' | 'cpuMs' | 'bytes'>

/** Records an execution before it begins. */
export async function insertExecution(
  db: Database,
  row: Pick<
    ExecutionRow,
    'id' | 'userId' | 'apiKeyId' | 'toolId' | 'toolVersion' | 'instance' | 'code' | 'options'
  >,
): Promise<ExecutionRow> {
  const [inserted] = await db
    .insert(executions)
    .values({ ...row, status: 'running' })
    .returning()
  if (inserted === undefined) throw new TypeError('Cannot insert the execution: no row came back')
  return inserted
}

/** Records how an execution ended, once; the first end counts. */
export async function endExecution(
  db: Database,
  id: string,
  end: ExecutionEnd,
): Promise<ExecutionRow | null> {
  const [row] = await db
    .update(executions)
    .set({ ...end, finishedAt: new Date() })
    .where(and(eq(executions.id, id), eq(executions.status, 'running')))
    .returning()
  return row ?? null
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

const { code: _code, result: _result, options: _options, ...summaryColumns } = getTableColumns(executions)

/** Which executions of a list are wanted. */
export interface ExecutionFilter {
  readonly userId?: string
  readonly toolId?: string | undefined
  readonly status?: ExecutionRow['status'] | undefined
}

/** Executions, newest first. */
export async function listExecutions(
  db: Database,
  filter: ExecutionFilter,
  request: PageRequest,
): Promise<Page<ExecutionSummary>> {
  const { where, order, take } = pageOf(executions.id, request)
  const wanted = [
    filter.userId === undefined ? undefined : eq(executions.userId, filter.userId),
    filter.toolId === undefined ? undefined : eq(executions.toolId, filter.toolId),
    filter.status === undefined ? undefined : eq(executions.status, filter.status),
  ]
  const rows = await db
    .select(summaryColumns)
    .from(executions)
    .where(and(...wanted, where))
    .orderBy(order)
    .limit(take)
  return toPage(rows, request)
}

/** CPU time of a user's executions since a moment, in milliseconds. */
export async function cpuMsSince(db: Database, userId: string, since: Date): Promise<number> {
  const [row] = await db
    .select({ total: sum(executions.cpuMs) })
    .from(executions)
    .where(and(eq(executions.userId, userId), gte(executions.createdAt, since)))
  return Number(row?.total ?? 0)
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

/** Forgets the keys of requests from before a moment. */
export async function forgetIdempotencyKeysBefore(db: Database, moment: Date): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, moment))
}

import { and, eq, getTableColumns, lt } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditEntries, executions, idempotencyKeys } from '../schema.ts'
import type { AuditRow, NewAuditRow } from './audit.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** An execution as stored. */
export type ExecutionRow = typeof executions.$inferSelect
/** An execution in a list: without its code and its result, which may be large. */
export type ExecutionSummary = Omit<ExecutionRow, 'code' | 'result' | 'options'>
/** What is known when it ends. */
export type ExecutionEnd = Pick<
  ExecutionRow,
  'status' | 'result' | 'failure' | 'cpuMs' | 'bytes' | 'fileBytes'
>

/** What is known before it begins. */
export type NewExecution = Pick<
  ExecutionRow,
  'id' | 'userId' | 'apiKeyId' | 'toolId' | 'toolVersion' | 'instance' | 'code' | 'options'
> & { readonly sessionId?: string | null }

/** Records an execution and the open half of its audit entry before it begins: one statement, both or neither. */
export async function recordStart(
  db: Database,
  { execution, entry }: { readonly execution: NewExecution; readonly entry: NewAuditRow },
): Promise<ExecutionRow> {
  const opened = db.$with('opened').as(
    db
      .insert(auditEntries)
      .values({ ...entry, outcome: 'open' })
      .returning({ id: auditEntries.id }),
  )
  const [row] = await db
    .with(opened)
    .insert(executions)
    .values({ ...execution, status: 'running' })
    .returning()
  if (row === undefined) throw new TypeError('Cannot insert the execution: no row came back')
  return row
}

/**
 * Records how an execution ended and closes its audit entry: one statement, both or neither. The first end counts; null
 * when there was one.
 */
export async function recordEnd(
  db: Database,
  id: string,
  {
    end,
    auditId,
    outcome,
  }: { readonly end: ExecutionEnd; readonly auditId: string } & Pick<AuditRow, 'outcome'>,
): Promise<ExecutionRow | null> {
  const finishedAt = new Date()
  const closed = db.$with('closed').as(
    db
      .update(auditEntries)
      .set({ outcome, closedAt: finishedAt })
      .where(and(eq(auditEntries.id, auditId), eq(auditEntries.outcome, 'open')))
      .returning({ id: auditEntries.id }),
  )
  const [row] = await db
    .with(closed)
    .update(executions)
    .set({ ...end, finishedAt })
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

/** Forgets the keys of requests from before a moment. */
export async function forgetIdempotencyKeysBefore(db: Database, moment: Date): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, moment))
}

import { and, asc, eq, getTableColumns, inArray, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { agentRuns, agentSteps, idempotencyKeys } from '../schema.ts'
import type { NewAuditRow } from './audit.ts'
import { type AuditEnd, entryClosed, entryOpened } from './audited-row.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'
import type { OldRows } from './retention.ts'

/** A run of an agent as stored, without its steps. */
export type AgentRunRow = typeof agentRuns.$inferSelect
/** A run in a list. */
export type AgentRunSummary = Omit<AgentRunRow, 'task' | 'options'>
/** A step as stored. */
export type AgentStepRow = typeof agentSteps.$inferSelect

/** What is known of a run before it begins. */
export type NewAgentRun = Pick<
  AgentRunRow,
  'id' | 'userId' | 'apiKeyId' | 'sessionId' | 'instance' | 'task' | 'options' | 'recordBytes'
>

/** What is known when it ends; `result` is JSON. */
export type AgentRunEnd = Pick<AgentRunRow, 'status' | 'problem'> & {
  readonly result: string | null
  readonly recordBytes: number
}

/** Records a run and the open half of its audit entry before it begins: one statement, both or neither. */
export async function recordAgentRun(
  db: Database,
  { run, entry }: { readonly run: NewAgentRun; readonly entry: NewAuditRow },
): Promise<AgentRunRow> {
  const [row] = await db
    .with(entryOpened(db, entry))
    .insert(agentRuns)
    .values({ ...run, status: 'running' })
    .returning()
  if (row === undefined) throw new TypeError('Cannot insert the run: no row came back')
  return row
}

/** Records a step, as JSON, of so many bytes; nothing where the run is over already. */
export async function recordAgentStep(
  db: Database,
  at: { readonly runId: string; readonly step: number },
  { content, bytes }: { readonly content: string; readonly bytes: number },
): Promise<void> {
  const counted = db.$with('counted').as(
    db
      .update(agentRuns)
      .set({ steps: at.step, recordBytes: sql`${agentRuns.recordBytes} + ${bytes}` })
      .where(and(eq(agentRuns.id, at.runId), eq(agentRuns.status, 'running')))
      .returning({ id: agentRuns.id }),
  )
  const values = sql`select ${counted.id}, ${at.step}::integer, ${content}::text from ${counted}`
  await db.with(counted).insert(agentSteps).select(values).onConflictDoNothing()
}

/** Records how a run ended and closes its audit entry. Gives its row; null when it was over or deleted. */
export async function endAgentRun(
  db: Database,
  id: string,
  { end, ...audit }: { readonly end: AgentRunEnd } & AuditEnd,
): Promise<AgentRunRow | null> {
  const finishedAt = new Date()
  const { status, problem, result, recordBytes } = end
  const [row] = await db
    .with(entryClosed(db, audit, finishedAt))
    .update(agentRuns)
    .set({
      ...{ status, problem, finishedAt, result: result === null ? null : sql`${result}` },
      recordBytes: sql`${agentRuns.recordBytes} + ${recordBytes}`,
    })
    .where(and(eq(agentRuns.id, id), eq(agentRuns.status, 'running')))
    .returning()
  return row ?? null
}

/** Records that what an instance had running when it went away was broken off. */
export async function interruptAgentRuns(db: Database, instance: string): Promise<number> {
  const rows = await db
    .update(agentRuns)
    .set({ status: 'interrupted', problem: 'The service ended while it ran', finishedAt: new Date() })
    .where(and(eq(agentRuns.instance, instance), eq(agentRuns.status, 'running')))
    .returning({ id: agentRuns.id })
  return rows.length
}

/** One run, or null. */
export async function findAgentRun(db: Database, id: string): Promise<AgentRunRow | null> {
  const [row] = await db.select().from(agentRuns).where(eq(agentRuns.id, id))
  return row ?? null
}

/** The steps of a run, in their order. */
export async function agentStepsOf(db: Database, runId: string): Promise<AgentStepRow[]> {
  return await db.select().from(agentSteps).where(eq(agentSteps.runId, runId)).orderBy(asc(agentSteps.step))
}

const { task: _task, options: _options, ...summaryColumns } = getTableColumns(agentRuns)

/** Which runs of a list are wanted. */
export interface AgentRunFilter {
  readonly userId?: string
  readonly status?: AgentRunRow['status'] | undefined
}

/** Runs, newest first. */
export async function listAgentRuns(
  db: Database,
  filter: AgentRunFilter,
  request: PageRequest,
): Promise<Page<AgentRunSummary>> {
  const { where, order, take } = pageOf(agentRuns.id, request)
  const { userId, status } = agentRuns
  const wanted = and(...matching({ userId, status }, filter), where)
  const rows = await db.select(summaryColumns).from(agentRuns).where(wanted).orderBy(order).limit(take)
  return toPage(rows, request)
}

/** What was deleted of a run, and for whom it counts no more. */
export type DeletedAgentRun = Pick<AgentRunRow, 'id' | 'userId' | 'apiKeyId' | 'recordBytes'>

/** Deletes those of these runs that are over, with their steps; the audit of them stays. */
export async function deleteAgentRuns(db: Database, ids: readonly string[]): Promise<DeletedAgentRun[]> {
  if (ids.length === 0) return []
  return await db.transaction(async (tx) => {
    const { id, userId, apiKeyId, recordBytes } = agentRuns
    const gone = await tx
      .delete(agentRuns)
      .where(and(inArray(id, [...ids]), ne(agentRuns.status, 'running')))
      .returning({ id, userId, apiKeyId, recordBytes })
    const goneIds = gone.map((row) => row.id)
    if (goneIds.length === 0) return []
    await tx.delete(agentSteps).where(inArray(agentSteps.runId, goneIds))
    await tx.delete(idempotencyKeys).where(inArray(idempotencyKeys.executionId, goneIds))
    return gone
  })
}

/** Some runs of a user that are over. */
export async function endedAgentRunsOf(db: Database, userId: string, limit: number): Promise<string[]> {
  const { id, status } = agentRuns
  const over = and(eq(agentRuns.userId, userId), ne(status, 'running'))
  return (await db.select({ id }).from(agentRuns).where(over).limit(limit)).map((row) => row.id)
}

/** Is anything left of the runs of a user? */
export async function hasAgentRuns(db: Database, userId: string): Promise<boolean> {
  const { id } = agentRuns
  return (await db.select({ id }).from(agentRuns).where(eq(agentRuns.userId, userId)).limit(1)).length > 0
}

/** Runs that ended before a moment. */
export async function agentRunsEndedBefore(db: Database, { before, limit }: OldRows): Promise<string[]> {
  const { id, status, finishedAt } = agentRuns
  const old = and(lt(finishedAt, before), ne(status, 'running'))
  return (await db.select({ id }).from(agentRuns).where(old).limit(limit)).map((row) => row.id)
}

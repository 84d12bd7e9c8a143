import { and, asc, eq, getTableColumns, inArray, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { agentRuns, agentSteps, idempotencyKeys } from '../schema.ts'
import type { DeedBegin, NewAuditEvent } from './audit.ts'
import { begunWhenAdmitted, ended } from './audited-row.ts'
import { beginningOfText, storedLength } from './beginning-of-text.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'
import { admission, HELD, type HeldRow, heldRows, type QuotaDemand } from './quota-admission.ts'
import { lockUsage } from './quota-usage.ts'
import type { OldRows } from './retention.ts'

/** A run of an agent as stored, without its steps. */
export type AgentRunRow = typeof agentRuns.$inferSelect
/** A run in a list, with the beginning of its task. */
export type AgentRunSummary = Omit<AgentRunRow, 'options'>
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

/** A run that is about to begin, and what it takes of the quotas. */
export interface AgentRunStart extends DeedBegin {
  readonly run: NewAgentRun
  readonly demand: QuotaDemand
}

/** What came of admitting it: every holder as it was found, with the moment where it was recorded. */
export type AdmittedAgentRun = HeldRow & { readonly createdAt: string | null }

/** Admits a run, and records it and the open half of its audit entry before it begins: one statement, all or nothing. */
export async function recordAgentRun(
  db: Database,
  { run, demand, ...deed }: AgentRunStart,
): Promise<AdmittedAgentRun[]> {
  const { id, userId, apiKeyId, sessionId, instance, task, options, recordBytes } = run
  return await heldRows(
    db,
    sql`with ${admission(demand)}, ${begunWhenAdmitted(deed)}, started as (
      insert into agent_runs (id, user_id, api_key_id, session_id, instance, status, task, options, record_bytes)
      select ${id}, ${userId}, ${apiKeyId}::text, ${sessionId}::text, ${instance}, 'running',
        ${JSON.stringify(task)}, ${JSON.stringify(options)}, ${recordBytes}::bigint
      where exists (select from admitted) returning created_at
    ) select ${HELD}, (select created_at from started) as "createdAt" from ready`,
  )
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
  { end, event }: { readonly end: AgentRunEnd; readonly event: NewAuditEvent },
): Promise<AgentRunRow | null> {
  const finishedAt = event.time
  const { status, problem, result, recordBytes } = end
  const [row] = await db
    .with(...ended(db, event))
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
  return await db.transaction(async (tx) => {
    const left = and(eq(agentRuns.instance, instance), eq(agentRuns.status, 'running'))
    await lockUsage(tx, agentRuns, left)
    const rows = await tx
      .update(agentRuns)
      .set({ status: 'interrupted', problem: 'The service ended while it ran', finishedAt: new Date() })
      .where(left)
      .returning({ id: agentRuns.id })
    return rows.length
  })
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

/** So much of a task tells runs in a list apart. */
const TASK_CHARS = 300

const { options: _options, ...columns } = getTableColumns(agentRuns)
const task = sql<string>`left(${agentRuns.task}, ${storedLength(TASK_CHARS)})`.mapWith((stored: string) =>
  beginningOfText(stored, TASK_CHARS),
)
const summaryColumns = { ...columns, task }

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

/** Deletes those of these runs that are over, with their steps; the audit of them stays. Gives their ids. */
export async function deleteAgentRuns(db: Database, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  return await db.transaction(async (tx) => {
    const { id } = agentRuns
    const gone = await tx
      .delete(agentRuns)
      .where(and(inArray(id, [...ids]), ne(agentRuns.status, 'running')))
      .returning({ id })
    const goneIds = gone.map((row) => row.id)
    if (goneIds.length === 0) return []
    await tx.delete(agentSteps).where(inArray(agentSteps.runId, goneIds))
    await tx.delete(idempotencyKeys).where(inArray(idempotencyKeys.executionId, goneIds))
    return goneIds
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

import { and, asc, eq, lte, notInArray, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, webhookDeliveries } from '../schema.ts'
import { UNFINISHED } from './executions.ts'

/** A delivery as stored. */
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect

/** Notes who is to be told when an execution is over. */
export async function insertWebhookDelivery(
  db: Database,
  row: Pick<WebhookDeliveryRow, 'executionId' | 'url' | 'secret'>,
): Promise<void> {
  await db.insert(webhookDeliveries).values({ ...row, status: 'pending' })
}

/** The delivery of one execution, or null. */
export async function findWebhookDelivery(
  db: Database,
  executionId: string,
): Promise<WebhookDeliveryRow | null> {
  const [row] = await db
    .select()
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.executionId, executionId))
  return row ?? null
}

/** A delivery whose time has come, and whose execution it is about. */
export interface DueDelivery {
  readonly executionId: string
  readonly userId: string
}

/**
 * Deliveries whose time has come, of executions that are over: at most `perUser` of each user, and none of `busy`
 * users. Nobody has taken them yet.
 */
export async function listDueDeliveries(
  db: Database,
  { now, limit, perUser, busy }: DueRequest,
): Promise<DueDelivery[]> {
  const ranked = db
    .select({
      executionId: webhookDeliveries.executionId,
      userId: executions.userId,
      at: webhookDeliveries.nextAttemptAt,
      place: sql<number>`row_number() over (
        partition by ${executions.userId} order by ${webhookDeliveries.nextAttemptAt})`.as('place'),
    })
    .from(webhookDeliveries)
    .innerJoin(executions, eq(executions.id, webhookDeliveries.executionId))
    .where(and(isPending(busy), lte(webhookDeliveries.nextAttemptAt, now)))
    .as('ranked')
  return await db
    .select({ executionId: ranked.executionId, userId: ranked.userId })
    .from(ranked)
    .where(lte(ranked.place, perUser))
    .orderBy(asc(ranked.at))
    .limit(limit)
}

/** Which due deliveries are asked for. */
export interface DueRequest {
  readonly now: Date
  readonly limit: number
  readonly perUser: number
  readonly busy: readonly string[]
}

/** Takes one that is still due; it is nobody else's until `until`. Null when another service was faster. */
export async function takeDelivery(
  db: Database,
  executionId: string,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<WebhookDeliveryRow | null> {
  const [row] = await db
    .update(webhookDeliveries)
    .set({ nextAttemptAt: until, attempts: sql`${webhookDeliveries.attempts} + 1` })
    .where(
      and(
        eq(webhookDeliveries.executionId, executionId),
        eq(webhookDeliveries.status, 'pending'),
        lte(webhookDeliveries.nextAttemptAt, now),
      ),
    )
    .returning()
  return row ?? null
}

function isPending(busy: readonly string[]) {
  return and(
    eq(webhookDeliveries.status, 'pending'),
    notInArray(executions.status, [...UNFINISHED]),
    busy.length === 0 ? undefined : notInArray(executions.userId, [...busy]),
  )
}

/** When the next delivery of an execution that is over is due, of no `busy` user; null when there is none. */
export async function nextDeliveryAt(db: Database, busy: readonly string[]): Promise<Date | null> {
  const [row] = await db
    .select({ at: webhookDeliveries.nextAttemptAt })
    .from(webhookDeliveries)
    .innerJoin(executions, eq(executions.id, webhookDeliveries.executionId))
    .where(isPending(busy))
    .orderBy(asc(webhookDeliveries.nextAttemptAt))
    .limit(1)
  return row?.at ?? null
}

/** Records what came of an attempt. */
export async function recordDelivery(
  db: Database,
  executionId: string,
  outcome: Pick<WebhookDeliveryRow, 'status' | 'lastStatus' | 'lastError' | 'endedAt'> & {
    readonly nextAttemptAt?: Date
  },
): Promise<void> {
  await db.update(webhookDeliveries).set(outcome).where(eq(webhookDeliveries.executionId, executionId))
}

/** Gives a delivery back that was taken and not made: it was no attempt. */
export async function returnDelivery(
  db: Database,
  { executionId, attempts }: Pick<WebhookDeliveryRow, 'executionId' | 'attempts'>,
): Promise<void> {
  await db
    .update(webhookDeliveries)
    .set({ attempts: attempts - 1, nextAttemptAt: new Date() })
    .where(eq(webhookDeliveries.executionId, executionId))
}

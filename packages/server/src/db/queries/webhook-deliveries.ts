import { and, asc, eq, inArray, lte, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, webhookDeliveries } from '../schema.ts'

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

/** Deliveries whose time has come, of executions that are over. They are nobody else's until `until`. */
export async function takeDueDeliveries(
  db: Database,
  { now, until, limit }: { readonly now: Date; readonly until: Date; readonly limit: number },
): Promise<WebhookDeliveryRow[]> {
  const due = db
    .select({ id: webhookDeliveries.executionId })
    .from(webhookDeliveries)
    .innerJoin(executions, eq(executions.id, webhookDeliveries.executionId))
    .where(
      and(
        eq(webhookDeliveries.status, 'pending'),
        lte(webhookDeliveries.nextAttemptAt, now),
        ne(executions.status, 'running'),
      ),
    )
    .orderBy(asc(webhookDeliveries.nextAttemptAt))
    .limit(limit)
    .for('update', { of: webhookDeliveries, skipLocked: true })
  return await db
    .update(webhookDeliveries)
    .set({ nextAttemptAt: until, attempts: sql`${webhookDeliveries.attempts} + 1` })
    .where(inArray(webhookDeliveries.executionId, due))
    .returning()
}

/** When the next delivery of an execution that is over is due, or null when there is none. */
export async function nextDeliveryAt(db: Database): Promise<Date | null> {
  const [row] = await db
    .select({ at: webhookDeliveries.nextAttemptAt })
    .from(webhookDeliveries)
    .innerJoin(executions, eq(executions.id, webhookDeliveries.executionId))
    .where(and(eq(webhookDeliveries.status, 'pending'), ne(executions.status, 'running')))
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

/** Seals the secrets of those that are pending anew, under another key. */
export async function resealDeliveries(
  db: Database,
  reseal: (sealed: string, executionId: string) => string,
): Promise<void> {
  await db.transaction(async (tx) => {
    const pending = await tx
      .select({ id: webhookDeliveries.executionId, secret: webhookDeliveries.secret })
      .from(webhookDeliveries)
      .where(eq(webhookDeliveries.status, 'pending'))
      .for('update')
    for (const { id, secret } of pending)
      await tx
        .update(webhookDeliveries)
        .set({ secret: reseal(secret, id) })
        .where(eq(webhookDeliveries.executionId, id))
  })
}

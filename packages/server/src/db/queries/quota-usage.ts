import { eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { type agentRuns, type batches, type executions, quotaPlaces, quotaUsage } from '../schema.ts'

/** What a holder uses up, as stored. */
export type QuotaUsageRow = typeof quotaUsage.$inferSelect

/** What a holder uses up now. */
export interface UsedNow {
  readonly running: number
  readonly agentRuns: number
  /** How long, in milliseconds, until what has begun is accounted for; 0 or less for nothing. */
  readonly paidMs: number
  readonly cpuMs: number
  readonly storedBytes: number
}

/** What holders use up now, those that have used up anything. */
export async function usageOf(
  db: Database,
  holders: readonly string[],
): Promise<ReadonlyMap<string, UsedNow>> {
  const { holder, running, agentRuns, storedBytes } = quotaUsage
  const rows = await db
    .select({
      ...{ holder, running, agentRuns, storedBytes },
      paidMs: sql<number>`extract(epoch from paid_until - clock_timestamp())::float8 * 1000`,
      cpuMs: sql<number>`case when day = (clock_timestamp() at time zone 'UTC')::date then cpu_ms else 0 end`,
    })
    .from(quotaUsage)
    .where(
      sql`${holder} in (${sql.join(
        holders.map((id) => sql`${id}`),
        sql`, `,
      )})`,
    )
  return new Map(rows.map((row) => [row.holder, row]))
}

/** Bytes that are kept of all users, and of the tools of the system. */
export async function bytesOfAll(db: Database): Promise<number> {
  const [row] = await db
    .select({ total: sql<string>`coalesce(sum(stored_bytes), 0)` })
    .from(quotaUsage)
    .where(sql`holder like 'user %'`)
  return Number(row?.total ?? 0)
}

/** Has a row for each of these holders. */
export async function insertHolders(db: Database, holders: readonly string[]): Promise<void> {
  await db
    .insert(quotaUsage)
    .values(holders.map((holder) => ({ holder })))
    .onConflictDoNothing()
}

/**
 * Locks the holders of some rows that are about to be changed at once, in the order in which every admission does: each row
 * counts as it is changed, and so no two services wait for each other.
 */
export async function lockUsage(
  db: Database,
  table: typeof executions | typeof agentRuns | typeof batches,
  where: SQL | undefined,
): Promise<void> {
  const owners = db.select({ userId: table.userId }).from(table).where(where)
  await db
    .select({ holder: quotaUsage.holder })
    .from(quotaUsage)
    .where(sql`${quotaUsage.holder} in (select 'user ' || owner.user_id from ${owners} as owner)`)
    .orderBy(quotaUsage.holder)
    .for('update')
}

/** Frees a place; nothing where it is free. */
export async function freePlace(db: Database, id: string): Promise<void> {
  await db.delete(quotaPlaces).where(eq(quotaPlaces.id, id))
}

/** Frees the places that an instance had when it went away. */
export async function freePlacesOf(db: Database, instance: string): Promise<void> {
  await db.delete(quotaPlaces).where(eq(quotaPlaces.instance, instance))
}

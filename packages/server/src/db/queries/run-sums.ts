import { and, desc, eq, gte, inArray, lt, ne, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { runSums } from '../schema.ts'
import type { OldRows } from './retention.ts'

export type RunSumRow = typeof runSums.$inferInsert
/** Stands for everybody, and for every tool and none. */
export const ALL = ''

/** One array to another, number by number; one that ends earlier has zeros there. */
const added = (name: 'durations' | 'minutes') => sql`coalesce((
  select array_agg(coalesce(one, 0) + coalesce(other, 0) order by place)
  from unnest(run_sums.${sql.identifier(name)}, excluded.${sql.identifier(name)}) with ordinality as pairs(one, other, place)), '{}')`

/** Adds to what is there. Rows of different keys, in an order that is the same for everybody who adds. */
export async function addRunSums(db: Database, rows: readonly RunSumRow[]): Promise<void> {
  const { userId, hour, toolId, status } = runSums
  await db
    .insert(runSums)
    .values([...rows])
    .onConflictDoUpdate({
      target: [userId, hour, toolId, status],
      set: {
        runs: sql`run_sums.runs + excluded.runs`,
        cpuMs: sql`run_sums.cpu_ms + excluded.cpu_ms`,
        denials: sql`run_sums.denials + excluded.denials`,
        ...{ durations: added('durations'), minutes: added('minutes') },
      },
    })
}

/** What a user ran since an hour, or everybody did: a row for each hour and outcome. */
export async function runSumsOf(db: Database, userId: string, since: Date): Promise<RunSumRow[]> {
  const isOf = and(eq(runSums.userId, userId), eq(runSums.toolId, ALL), gte(runSums.hour, since))
  return await db.select().from(runSums).where(isOf)
}

/** Who, or what, ran how often and took how much. */
export interface Share {
  readonly id: string
  readonly executions: number
  readonly cpuMs: number
}

const SHARE = {
  executions: sql<number>`sum(${runSums.runs})::float8`,
  cpuMs: sql<number>`sum(${runSums.cpuMs})::float8`,
}
const MOST = 10

/** The ten users who took most CPU time since an hour. */
export async function heaviestUsers(db: Database, since: Date): Promise<Share[]> {
  const { userId, toolId, hour, cpuMs } = runSums
  return await db
    .select({ id: userId, ...SHARE })
    .from(runSums)
    .where(and(ne(userId, ALL), eq(toolId, ALL), gte(hour, since)))
    .groupBy(userId)
    .orderBy(desc(sql`sum(${cpuMs})`), userId)
    .limit(MOST)
}

/** The ten tools that took most CPU time since an hour, when a user ran them or everybody did. */
export async function heaviestTools(db: Database, user: string, since: Date): Promise<Share[]> {
  const { userId, toolId, hour, cpuMs } = runSums
  return await db
    .select({ id: toolId, ...SHARE })
    .from(runSums)
    .where(and(eq(userId, user), ne(toolId, ALL), gte(hour, since)))
    .groupBy(toolId)
    .orderBy(desc(sql`sum(${cpuMs})`), toolId)
    .limit(MOST)
}

/** Forgets some of what is older; gives how many rows there were. */
export async function forgetRunSums(db: Database, { before, limit }: OldRows): Promise<number> {
  const place = sql`(user_id, hour, tool_id, status)`
  const old = db
    .select({ userId: runSums.userId, hour: runSums.hour, toolId: runSums.toolId, status: runSums.status })
    .from(runSums)
    .where(lt(runSums.hour, before))
    .limit(limit)
  return (await db.delete(runSums).where(inArray(place, old)).returning({ hour: runSums.hour })).length
}

/** Forgets what a user ran; it stays in the sums of everybody. */
export async function forgetRunSumsOf(db: Database, userId: string): Promise<void> {
  await db.delete(runSums).where(eq(runSums.userId, userId))
}

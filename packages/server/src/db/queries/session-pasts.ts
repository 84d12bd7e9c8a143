import { and, count, desc, eq, sql, sum } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { sessionPasts } from '../schema.ts'

/** How large the states before are, the last one first. */
export async function pastSizes(db: Database, sessionId: string): Promise<number[]> {
  const rows = await db
    .select({ bytes: sessionPasts.bytes })
    .from(sessionPasts)
    .where(eq(sessionPasts.sessionId, sessionId))
    .orderBy(desc(sessionPasts.sequence))
  return rows.map(({ bytes }) => bytes)
}

/** Keeps the last ones of the states before, and says how many there are and how large. */
export async function keepPast(
  db: Database,
  sessionId: string,
  steps: number,
): Promise<{ readonly steps: number; readonly bytes: number }> {
  const { object, sequence, bytes } = sessionPasts
  const isOf = eq(sessionPasts.sessionId, sessionId)
  const last = db.select({ object }).from(sessionPasts).where(isOf).orderBy(desc(sequence)).limit(steps)
  await db.delete(sessionPasts).where(and(isOf, sql`${object} not in ${last}`))
  const [left] = await db
    .select({ steps: count(), bytes: sum(bytes) })
    .from(sessionPasts)
    .where(isOf)
  return { steps: left?.steps ?? 0, bytes: Number(left?.bytes ?? 0) }
}

import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { anomalies, apiKeys, tools, users } from '../schema.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'

export type AnomalyRow = typeof anomalies.$inferSelect
export type AnomalyState = AnomalyRow['state']

/** What was found, with whom it is about, and how often. */
export type NewAnomaly = Pick<
  AnomalyRow,
  'id' | 'rule' | 'subject' | 'priority' | 'count' | 'score' | 'sentence' | 'evidence' | 'executionId'
>

/** Notes what was found: a new row, or more cases of the same rule and subject. */
export async function noteAnomaly(db: Database, found: NewAnomaly): Promise<AnomalyRow> {
  const { priority, sentence, evidence, executionId } = found
  const [row] = await db
    .insert(anomalies)
    .values(found)
    .onConflictDoUpdate({
      target: [anomalies.rule, anomalies.subject],
      set: {
        ...{ priority, sentence, evidence, executionId, lastSeen: sql`now()` },
        count: sql`${anomalies.count} + excluded.count`,
        score: sql`greatest(${anomalies.score}, excluded.score)`,
      },
    })
    .returning()
  if (row === undefined) throw new TypeError('Cannot note the anomaly: no row came back')
  return row
}

/** Anomalies, newest first. */
export async function listAnomalies(
  db: Database,
  filter: { readonly state?: AnomalyState | undefined; readonly rule?: string | undefined },
  request: PageRequest,
): Promise<Page<AnomalyRow>> {
  const { where, order, take } = pageOf(anomalies.id, request)
  const rows = await db
    .select()
    .from(anomalies)
    .where(and(where, ...matching({ state: anomalies.state, rule: anomalies.rule }, filter)))
    .orderBy(order)
    .limit(take)
  return toPage(rows, request)
}

/** Gives an anomaly a state; null where there is none. */
export async function setAnomalyState(
  db: Database,
  id: string,
  state: AnomalyState,
): Promise<AnomalyRow | null> {
  const [row] = await db.update(anomalies).set({ state }).where(eq(anomalies.id, id)).returning()
  return row ?? null
}

/** Holds a key back until a moment, unless it is an administrator's; was it held back now? */
export async function throttleKey(db: Database, apiKeyId: string, until: Date): Promise<boolean> {
  const rows = await db
    .update(apiKeys)
    .set({ throttledUntil: until })
    .from(users)
    .where(and(eq(apiKeys.id, apiKeyId), eq(users.id, apiKeys.userId), eq(users.role, 'user')))
    .returning({ id: apiKeys.id })
  return rows.length > 0
}

/** Switches a tool off, unless it is one of the system; was it on? */
export async function switchToolOff(db: Database, toolId: string): Promise<boolean> {
  const rows = await db
    .update(tools)
    .set({ enabled: false })
    .where(and(eq(tools.id, toolId), eq(tools.enabled, true), eq(tools.system, false)))
    .returning({ id: tools.id })
  return rows.length > 0
}

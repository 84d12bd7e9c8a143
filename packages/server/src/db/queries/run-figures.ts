import { and, desc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { runFigures } from '../schema.ts'
import type { OldRows } from './retention.ts'

export type RunFiguresRow = typeof runFigures.$inferInsert

/** So many executions say what is usual. */
const LAST_RUNS = 200
const HISTORY_RUNS = 100
const FIGURES = ['wall_ms', 'peak_bytes', 'output_bytes', 'calls', 'denials'] as const

/** Notes what an execution took; again does nothing. */
export async function insertRunFigures(db: Database, row: RunFiguresRow): Promise<void> {
  await db.insert(runFigures).values(row).onConflictDoNothing()
}

/** How the last executions of a user went, newest first. */
export async function lastRunsOf(
  db: Database,
  userId: string,
): Promise<{ readonly failed: boolean; readonly limited: boolean }[]> {
  const { failed, limited, createdAt } = runFigures
  return await db
    .select({ failed, limited })
    .from(runFigures)
    .where(eq(runFigures.userId, userId))
    .orderBy(desc(createdAt))
    .limit(HISTORY_RUNS)
}

/** How many users ran this code since a moment. */
export async function usersOfCode(db: Database, codeSha256: string, since: Date): Promise<number> {
  const [row] = await db
    .select({ users: sql<string>`count(distinct ${runFigures.userId})` })
    .from(runFigures)
    .where(and(eq(runFigures.codeSha256, codeSha256), gt(runFigures.createdAt, since)))
  return Number(row?.users ?? 0)
}

/** Medians of figures, and medians of the distances from them, in the order of the columns. */
export interface FigureMedians {
  readonly n: number
  readonly medians: readonly number[]
  readonly distances: readonly number[]
}

/** What was usual of the last 200 executions of a code, a tool, a user, or of everybody; without those that were odd. */
export async function figureMedians(
  db: Database,
  of: 'code' | 'tool' | 'user' | 'service',
  id: string,
): Promise<FigureMedians> {
  const columns = sql.raw(FIGURES.join(', '))
  const last = sql`select ${columns} from run_figures where not flagged and ${whereOf(of, id)}
    order by created_at desc limit ${LAST_RUNS}`
  const median = (value: string) => `percentile_cont(0.5) within group (order by ${value})`
  const medians = sql.raw(FIGURES.map((name) => `${median(name)} as ${name}`).join(', '))
  const distances = sql.raw(
    FIGURES.map((name) => `${median(`abs(l.${name} - m.${name})`)} as d_${name}`).join(', '),
  )
  const all = sql.raw(FIGURES.map((name) => `m.${name}`).join(', '))
  const answer = await db.execute(sql`
    with l as (${last}), m as (select count(*) as n, ${medians} from l)
    select m.n, ${all}, ${distances} from m left join l on true group by m.n, ${all}`)
  // The driver's own form: columns by name.
  const { rows } = answer as { readonly rows: readonly Readonly<Record<string, unknown>>[] }
  const row = rows[0] ?? {}
  return {
    n: Number(row.n ?? 0),
    medians: FIGURES.map((name) => Number(row[name] ?? 0)),
    distances: FIGURES.map((name) => Number(row[`d_${name}`] ?? 0)),
  }
}

function whereOf(of: 'code' | 'tool' | 'user' | 'service', id: string): SQL {
  if (of === 'code') return sql`code_sha256 = ${id}`
  if (of === 'tool') return sql`tool_id = ${id}`
  return of === 'user' ? sql`user_id = ${id}` : sql`true`
}

/** Forgets some of what is older; gives how many there were. */
export async function forgetRunFigures(db: Database, { before, limit }: OldRows): Promise<number> {
  const { executionId, createdAt } = runFigures
  const old = db.select({ executionId }).from(runFigures).where(lt(createdAt, before)).limit(limit)
  return (await db.delete(runFigures).where(inArray(executionId, old)).returning({ executionId })).length
}

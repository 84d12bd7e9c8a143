import { and, eq, gt, gte, inArray, lt, min, or, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { agentRuns, executions } from '../schema.ts'
import { UNFINISHED } from './executions.ts'

/** Whose runs are meant: those of a user, or those of one key. */
interface UsageOwner {
  readonly kind: 'user' | 'api-key'
  readonly id: string
}

/** What a result ends with: what the model used, and how long it took. Nothing that the code says can stand there. */
const USED = '"usage":\\{([^{}]*)\\},"seconds":[^,{}]*\\}$'

/** Tokens of models that somebody's runs of agents used which ended since a moment. */
export async function agentTokensSince(db: Database, owner: UsageOwner, since: Date): Promise<number> {
  const used = sql`substring(right(${agentRuns.result}, 1000) from ${USED}::text)`
  const tokens = (name: string) =>
    sql`coalesce(substring(${used} from ${`"${name}":([0-9]{1,15})`}::text)::bigint, 0)`
  const column = owner.kind === 'user' ? agentRuns.userId : agentRuns.apiKeyId
  const [row] = await db
    .select({ total: sql<string | null>`sum(${tokens('inputTokens')} + ${tokens('outputTokens')})` })
    .from(agentRuns)
    .where(and(eq(column, owner.id), gte(agentRuns.finishedAt, since)))
  return Number(row?.total ?? 0)
}

/** When the oldest execution of a user ended of which files are kept, or null. */
export async function oldestFilesOf(db: Database, userId: string): Promise<Date | null> {
  const [row] = await db
    .select({ oldest: min(executions.finishedAt) })
    .from(executions)
    .where(and(eq(executions.userId, userId), gt(executions.fileBytes, 0)))
  return row?.oldest ?? null
}

/** Executions of an instance, or of all, that ended before a moment and of which files are kept. */
export async function executionsWithOldFiles(
  db: Database,
  {
    instance,
    before,
    limit,
  }: { readonly instance: string | null; readonly before: Date; readonly limit: number },
): Promise<string[]> {
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(
      and(
        instance === null ? undefined : eq(executions.instance, instance),
        gt(executions.fileBytes, 0),
        lt(executions.finishedAt, before),
      ),
    )
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Notes that no files of an execution are kept any more. */
export async function forgetFiles(db: Database, executionId: string): Promise<void> {
  const { id, fileBytes } = executions
  await db
    .update(executions)
    .set({ fileBytes: 0 })
    .where(and(eq(id, executionId), gt(fileBytes, 0)))
}

/** Those of these executions of which files are kept, or may still be: what another one has is left behind. */
export async function executionsThatKeepFiles(db: Database, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(
      and(
        inArray(executions.id, [...ids]),
        or(gt(executions.fileBytes, 0), inArray(executions.status, [...UNFINISHED])),
      ),
    )
  return new Set(rows.map(({ id }) => id))
}

import { and, eq, gt, gte, inArray, lt, min, or, type SQL, sql, sum } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { agentRuns, executions, sessions, tools, toolVersions } from '../schema.ts'

/** Whose executions are counted: those of a user, those of one key, or all. */
export interface UsageOwner {
  readonly kind: 'user' | 'api-key' | 'service'
  readonly id: string
}

function isOf({ kind, id }: UsageOwner): SQL | undefined {
  if (kind === 'service') return undefined
  return eq(kind === 'user' ? executions.userId : executions.apiKeyId, id)
}

/** The longest that an execution may take. */
const LONGEST_RUN_MS = 86_400_000

/** CPU time of somebody's executions that ended since a moment, in milliseconds. */
export async function cpuMsSince(db: Database, owner: UsageOwner, since: Date): Promise<number> {
  const [row] = await db
    .select({ total: sum(executions.cpuMs) })
    .from(executions)
    .where(
      and(
        isOf(owner),
        gte(executions.createdAt, new Date(since.getTime() - LONGEST_RUN_MS)),
        gte(executions.finishedAt, since),
      ),
    )
  return Number(row?.total ?? 0)
}

/**
 * Bytes that are kept of somebody: of sessions, of files and records of executions, of runs of agents, and of versions of
 * tools; and when the oldest execution with files ended.
 */
export async function storedBytes(
  db: Database,
  owner: UsageOwner,
): Promise<{ readonly bytes: number; readonly oldest: Date | null }> {
  const { userId, apiKeyId, bytes } = sessions
  const [kept] = await db
    .select({ total: sum(bytes) })
    .from(sessions)
    .where(owner.kind === 'service' ? undefined : eq(owner.kind === 'user' ? userId : apiKeyId, owner.id))
  const [files] = await db
    .select({ oldest: min(executions.finishedAt) })
    .from(executions)
    .where(and(isOf(owner), gt(executions.fileBytes, 0)))
  const [records] = await db
    .select({ total: sql<number>`sum(${executions.fileBytes} + ${executions.recordBytes})` })
    .from(executions)
    .where(isOf(owner))
  const [runs] = await db
    .select({ total: sum(agentRuns.recordBytes) })
    .from(agentRuns)
    .where(
      owner.kind === 'service'
        ? undefined
        : eq(owner.kind === 'user' ? agentRuns.userId : agentRuns.apiKeyId, owner.id),
    )
  const all = [kept, records, runs].reduce((bytes, row) => bytes + Number(row?.total ?? 0), 0)
  return { bytes: all + (await bytesOfTools(db, owner)), oldest: files?.oldest ?? null }
}

/** A key has no tools of its own. */
async function bytesOfTools(db: Database, { kind, id }: UsageOwner): Promise<number> {
  if (kind === 'api-key') return 0
  const [row] = await db
    .select({ total: sum(toolVersions.recordBytes) })
    .from(toolVersions)
    .innerJoin(tools, eq(tools.id, toolVersions.toolId))
    .where(kind === 'user' ? eq(tools.ownerId, id) : undefined)
  return Number(row?.total ?? 0)
}

/** An execution whose files are kept no longer. */
export interface ForgottenFiles {
  readonly id: string
  readonly userId: string
  readonly apiKeyId: string | null
}

/** Executions of an instance that ended before a moment and of which files are kept. */
export async function executionsWithOldFiles(
  db: Database,
  { instance, before, limit }: { readonly instance: string; readonly before: Date; readonly limit: number },
): Promise<(ForgottenFiles & { readonly fileBytes: number })[]> {
  const { id, userId, apiKeyId, fileBytes } = executions
  return await db
    .select({ id, userId, apiKeyId, fileBytes })
    .from(executions)
    .where(
      and(eq(executions.instance, instance), gt(executions.fileBytes, 0), lt(executions.finishedAt, before)),
    )
    .limit(limit)
}

/** Notes that no files of an execution are kept any more; gives how many bytes they were, to one caller only. */
export async function forgetFiles(db: Database, executionId: string): Promise<number> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ bytes: executions.fileBytes })
      .from(executions)
      .where(eq(executions.id, executionId))
      .for('update')
    if (row === undefined || row.bytes === 0) return 0
    await tx.update(executions).set({ fileBytes: 0 }).where(eq(executions.id, executionId))
    return row.bytes
  })
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
        or(gt(executions.fileBytes, 0), eq(executions.status, 'running')),
      ),
    )
  return new Set(rows.map(({ id }) => id))
}

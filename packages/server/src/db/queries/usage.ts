import { and, eq, gt, gte, inArray, lt, min, or, type SQL, sum } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, sessions } from '../schema.ts'

/** Whose executions are counted: those of a user, or those of one key. */
export interface UsageOwner {
  readonly kind: 'user' | 'api-key'
  readonly id: string
}

function isOf({ kind, id }: UsageOwner): SQL {
  return eq(kind === 'user' ? executions.userId : executions.apiKeyId, id)
}

/** CPU time of somebody's executions since a moment, in milliseconds. */
export async function cpuMsSince(db: Database, owner: UsageOwner, since: Date): Promise<number> {
  const [row] = await db
    .select({ total: sum(executions.cpuMs) })
    .from(executions)
    .where(and(isOf(owner), gte(executions.createdAt, since)))
  return Number(row?.total ?? 0)
}

/** Bytes that are kept of somebody's sessions and of files of executions, and when the oldest of these ended. */
export async function storedBytes(
  db: Database,
  owner: UsageOwner,
): Promise<{ readonly bytes: number; readonly oldest: Date | null }> {
  const { userId, apiKeyId, bytes } = sessions
  const [kept] = await db
    .select({ total: sum(bytes) })
    .from(sessions)
    .where(eq(owner.kind === 'user' ? userId : apiKeyId, owner.id))
  const [row] = await db
    .select({ total: sum(executions.fileBytes), oldest: min(executions.finishedAt) })
    .from(executions)
    .where(and(isOf(owner), gt(executions.fileBytes, 0)))
  return { bytes: Number(row?.total ?? 0) + Number(kept?.total ?? 0), oldest: row?.oldest ?? null }
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

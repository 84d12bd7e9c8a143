import { and, inArray, lt, notInArray } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { executions, idempotencyKeys, signIns, verifications } from '../schema.ts'
import { UNFINISHED } from './executions.ts'

/** What is older than a moment, and how much of it at once: the embedded database answers nobody else meanwhile. */
export interface OldRows {
  readonly before: Date
  readonly limit: number
}

/** Executions that ended before a moment. */
export async function executionsEndedBefore(db: Database, { before, limit }: OldRows): Promise<string[]> {
  const rows = await db
    .select({ id: executions.id })
    .from(executions)
    .where(and(lt(executions.finishedAt, before), notInArray(executions.status, [...UNFINISHED])))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Deletes what requests with an idempotency key were answered with; gives how many. */
export async function deleteIdempotencyKeysBefore(db: Database, { before, limit }: OldRows): Promise<number> {
  const { executionId, createdAt } = idempotencyKeys
  const old = db.select({ executionId }).from(idempotencyKeys).where(lt(createdAt, before)).limit(limit)
  const gone = db.delete(idempotencyKeys).where(and(inArray(executionId, old), lt(createdAt, before)))
  return (await gone.returning({ executionId })).length
}

/** Deletes sign-ins that expired before a moment; gives how many. */
export async function deleteSignInsExpiredBefore(db: Database, { before, limit }: OldRows): Promise<number> {
  const { id, expiresAt } = signIns
  const old = db.select({ id }).from(signIns).where(lt(expiresAt, before)).limit(limit)
  return (await db.delete(signIns).where(inArray(id, old)).returning({ id })).length
}

/** Deletes what sign-ins with a provider remembered between their steps; gives how many. */
export async function deleteVerificationsExpiredBefore(
  db: Database,
  { before, limit }: OldRows,
): Promise<number> {
  const { id, expiresAt } = verifications
  const old = db.select({ id }).from(verifications).where(lt(expiresAt, before)).limit(limit)
  return (await db.delete(verifications).where(inArray(id, old)).returning({ id })).length
}

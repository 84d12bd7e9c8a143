import { asc, inArray } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditImports } from '../schema.ts'

/** An entry of a version before there was a log. */
export type AuditImportRow = typeof auditImports.$inferSelect

/** The oldest of them that are left. */
export async function oldestImports(db: Database, limit: number): Promise<AuditImportRow[]> {
  return await db.select().from(auditImports).orderBy(asc(auditImports.id)).limit(limit)
}

/** Deletes those that were taken over. */
export async function deleteImports(db: Database, ids: readonly string[]): Promise<void> {
  await db.delete(auditImports).where(inArray(auditImports.id, [...ids]))
}

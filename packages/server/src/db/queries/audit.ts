import { and, eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditEntries } from '../schema.ts'
import { matching, type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** An audit entry as stored. */
export type AuditRow = typeof auditEntries.$inferSelect

/** An entry that is about to be written. */
export type NewAuditRow = Omit<AuditRow, 'outcome' | 'createdAt' | 'closedAt'>

/** Writes an entry; it is open until `closeAudit`. */
export async function openAudit(db: Database, row: NewAuditRow): Promise<void> {
  await db.insert(auditEntries).values({ ...row, outcome: 'open' })
}

/** Closes an entry, once. `detail` and `resourceId` are what became known meanwhile. */
export async function closeAudit(
  db: Database,
  id: string,
  end: Pick<AuditRow, 'outcome'> & Partial<Pick<AuditRow, 'detail' | 'resourceId'>>,
): Promise<void> {
  await db
    .update(auditEntries)
    .set({ ...end, closedAt: new Date() })
    .where(and(eq(auditEntries.id, id), eq(auditEntries.outcome, 'open')))
}

/** Closes what an instance had open when it went away. */
export async function interruptAudit(db: Database, instance: string): Promise<number> {
  const rows = await db
    .update(auditEntries)
    .set({ outcome: 'interrupted', closedAt: new Date() })
    .where(and(eq(auditEntries.instance, instance), eq(auditEntries.outcome, 'open')))
    .returning({ id: auditEntries.id })
  return rows.length
}

/** Which entries of a list are wanted. */
export interface AuditFilter {
  readonly actorId?: string | undefined
  readonly action?: string | undefined
  readonly resourceId?: string | undefined
}

/** Audit entries, newest first. */
export async function listAudit(
  db: Database,
  filter: AuditFilter,
  request: PageRequest,
): Promise<Page<AuditRow>> {
  const { where, order, take } = pageOf(auditEntries.id, request)
  const { actorId, action, resourceId } = auditEntries
  const wanted = and(...matching({ actorId, action, resourceId }, filter), where)
  return toPage(await db.select().from(auditEntries).where(wanted).orderBy(order).limit(take), request)
}

import { and, eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditEntries } from '../schema.ts'
import type { AuditRow, NewAuditRow } from './audit.ts'

/** The audit entry that ends with what it is about. */
export type AuditEnd = { readonly auditId: string } & Pick<AuditRow, 'outcome'>

/** Opens an audit entry in the statement that records what it is about: both or neither. */
export function entryOpened(db: Database, entry: NewAuditRow) {
  return db.$with('opened').as(
    db
      .insert(auditEntries)
      .values({ ...entry, outcome: 'open' })
      .returning({ id: auditEntries.id }),
  )
}

/** Closes an open audit entry in the statement that records the end of what it is about: both or neither. */
export function entryClosed(db: Database, { auditId, outcome }: AuditEnd, closedAt: Date) {
  return db.$with('closed').as(
    db
      .update(auditEntries)
      .set({ outcome, closedAt })
      .where(and(eq(auditEntries.id, auditId), eq(auditEntries.outcome, 'open')))
      .returning({ id: auditEntries.id }),
  )
}

import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditInbox } from '../schema.ts'
import { type DeedBegin, deedClosed, endOf, type NewAuditEvent } from './audit.ts'

/** Records that an admitted deed begins in the statement that admits it and records what it is about: all or nothing. */
export function begunWhenAdmitted({ event, instance }: DeedBegin): SQL {
  const { deedId, phase, time, actorId, action, resourceId, outcome, executionId, leaf } = event
  const columns = sql`deed_id, phase, time, actor_id, action, resource_id, outcome, execution_id, leaf`
  const values = sql`${deedId}, ${phase}, ${time.toISOString()}::timestamptz, ${actorId}::text, ${action},
    ${resourceId}::text, ${outcome}::text, ${executionId}::text, ${leaf}::bytea`
  return sql`opened as (
      insert into audit_open (instance, ${columns}) select ${instance}, ${values} where exists (select from admitted)
    ), noted as (
      insert into audit_inbox (${columns}) select ${values} where exists (select from admitted)
    )`
}

/** Records that a deed has ended in the statement that records the end of what it is about: both or neither. */
export function ended(db: Database, event: NewAuditEvent, onlyIf?: SQL) {
  const closed = deedClosed(db, event, onlyIf)
  const values = endOf(closed, event)
  const noted = db.$with('noted').as(db.insert(auditInbox).select(values).returning({ n: auditInbox.n }))
  return [closed, noted] as const
}

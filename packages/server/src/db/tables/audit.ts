import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time } from './columns.ts'

/** Who did what with what, written before it is done and closed after it. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    actorId: text('actor_id'),
    apiKeyId: text('api_key_id'),
    requestId: text('request_id'),
    action: text('action').notNull(),
    resourceId: text('resource_id'),
    instance: text('instance').notNull(),
    outcome: text('outcome', { enum: ['open', 'success', 'error', 'refused', 'interrupted'] }).notNull(),
    detail: json<unknown>('detail').notNull(),
    createdAt: createdAt(),
    closedAt: time('closed_at'),
  },
  (table) => [
    index('audit_actor').on(table.actorId, table.id),
    index('audit_actor_action').on(table.actorId, table.action, table.id),
    index('audit_resource').on(table.resourceId, table.id),
    index('audit_action').on(table.action, table.id),
    index('audit_time').on(table.createdAt),
    index('audit_open').on(table.instance).where(sql`outcome = 'open'`),
  ],
)

import { sql } from 'drizzle-orm'
import { check, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { createdAt, json, updatedAt } from './columns.ts'
import { sessions } from './sessions.ts'
import { tools } from './tools.ts'

/** Secrets that the code of a tool or in a session uses and never sees. They go with what they belong to. */
export const secrets = pgTable(
  'secrets',
  {
    id: text('id').primaryKey(),
    toolId: text('tool_id').references(() => tools.id, { onDelete: 'cascade' }),
    sessionId: text('session_id').references(() => sessions.id, { onDelete: 'cascade' }),
    /** Of the variable in which code finds its placeholder. */
    name: text('name').notNull(),
    /** The value with its hosts and places, sealed. */
    sealed: text('sealed').notNull(),
    /** As they are told; those that hold are sealed with the value. */
    hosts: json<readonly string[]>('hosts').notNull(),
    places: json<readonly string[]>('places').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('secrets_tool').on(table.toolId, table.name),
    uniqueIndex('secrets_session').on(table.sessionId, table.name),
    check('secrets_owner', sql`(${table.toolId} is null) <> (${table.sessionId} is null)`),
  ],
)

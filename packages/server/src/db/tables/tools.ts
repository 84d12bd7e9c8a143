import { bigint, boolean, index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { createdAt, json, updatedAt } from './columns.ts'

/** What users make for agents to call. */
export const tools = pgTable(
  'tools',
  {
    id: text('id').primaryKey(),
    /** Empty for the tools of the system. */
    ownerId: text('owner_id').notNull(),
    system: boolean('system').notNull(),
    name: text('name').notNull(),
    displayName: text('display_name').notNull(),
    description: text('description').notNull(),
    logoUrl: text('logo_url'),
    kind: text('kind', { enum: ['python', 'openapi'] }).notNull(),
    definition: json<unknown>('definition').notNull(),
    parameters: json<unknown>('parameters').notNull(),
    permissions: json<unknown>('permissions').notNull(),
    limits: json<unknown>('limits').notNull(),
    /** What is taken out of what comes back, where that is more than everywhere. */
    redaction: text('redaction', { enum: ['off', 'known', 'known+patterns'] }),
    /** The authentication with its secrets, sealed; null where there is none. */
    auth: text('auth'),
    enabled: boolean('enabled').notNull().default(true),
    version: integer('version').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    uniqueIndex('tools_name').on(table.ownerId, table.name),
    index('tools_owner').on(table.ownerId, table.id),
  ],
)

/** What a tool was at each version. */
export const toolVersions = pgTable(
  'tool_versions',
  {
    toolId: text('tool_id')
      .notNull()
      .references(() => tools.id),
    version: integer('version').notNull(),
    content: json<unknown>('content').notNull(),
    auth: text('auth'),
    /** Of its content and its secrets. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.toolId, table.version] })],
)

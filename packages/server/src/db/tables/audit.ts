import { sql } from 'drizzle-orm'
import { bigint, bigserial, customType, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time } from './columns.ts'

const bytes = (name: string) =>
  customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })(name)

/** The bytes of an event, which are what counts, and the columns that are derived from them to find it by. */
const eventColumns = () => ({
  deedId: text('deed_id').notNull(),
  phase: text('phase', { enum: ['begin', 'end', 'abandoned'] }).notNull(),
  time: time('time').notNull(),
  actorId: text('actor_id'),
  action: text('action').notNull(),
  resourceId: text('resource_id'),
  outcome: text('outcome', { enum: ['success', 'error', 'refused', 'interrupted'] }),
  executionId: text('execution_id'),
  leaf: bytes('leaf').notNull(),
})

/** Events that are committed and have no place in the log yet: for a second at most. */
export const auditInbox = pgTable('audit_inbox', {
  n: bigserial('n', { mode: 'number' }).primaryKey(),
  ...eventColumns(),
})

/** The log: every event at its place, never changed. */
export const auditEntries = pgTable(
  'audit_entries',
  { index: bigint('index', { mode: 'number' }).primaryKey(), ...eventColumns() },
  (table) => [
    index('audit_deed').on(table.deedId).where(sql`phase <> 'begin'`),
    index('audit_actor').on(table.actorId, table.deedId).where(sql`phase <> 'begin'`),
    index('audit_actor_action').on(table.actorId, table.action, table.deedId).where(sql`phase <> 'begin'`),
    index('audit_resource').on(table.resourceId, table.deedId).where(sql`phase <> 'begin'`),
    index('audit_action').on(table.action, table.deedId).where(sql`phase <> 'begin'`),
    index('audit_outcome').on(table.outcome, table.deedId).where(sql`outcome <> 'success'`),
    index('audit_execution').on(table.executionId).where(sql`execution_id is not null`),
  ],
)

/** Deeds that have begun and not ended, each with its beginning. Not part of the log. */
export const auditOpen = pgTable(
  'audit_open',
  { instance: text('instance').notNull(), ...eventColumns() },
  (table) => [primaryKey({ columns: [table.deedId] }), index('audit_open_instance').on(table.instance)],
)

/** The tiles of the tree: hashes of leaves on level 0, of full tiles below on the others. */
export const auditTiles = pgTable(
  'audit_tiles',
  {
    level: integer('level').notNull(),
    index: bigint('index', { mode: 'number' }).notNull(),
    hashes: bytes('hashes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.level, table.index] })],
)

/** The head of the log, in one row: how long it is, what has signed that, and from where on entries are kept. */
export const auditHead = pgTable('audit_head', {
  id: integer('id').primaryKey(),
  size: bigint('size', { mode: 'number' }).notNull(),
  checkpoint: text('checkpoint'),
  minimumIndex: bigint('minimum_index', { mode: 'number' }).notNull(),
})

/** Public keys that have signed the log, each with the first head that it signed: the key before signed that one too. */
export const auditKeys = pgTable('audit_keys', {
  verifier: text('verifier').primaryKey(),
  size: bigint('size', { mode: 'number' }).notNull(),
  checkpoint: text('checkpoint'),
  createdAt: createdAt(),
})

/** Entries of a version before there was a log, until the next start has taken them over. */
export const auditImports = pgTable('audit_imports', {
  id: text('id').primaryKey(),
  actorId: text('actor_id'),
  apiKeyId: text('api_key_id'),
  requestId: text('request_id'),
  action: text('action').notNull(),
  resourceId: text('resource_id'),
  instance: text('instance').notNull(),
  outcome: text('outcome', { enum: ['open', 'success', 'error', 'refused', 'interrupted'] }).notNull(),
  detail: json<Readonly<Record<string, unknown>>>('detail').notNull(),
  createdAt: createdAt(),
  closedAt: time('closed_at'),
})

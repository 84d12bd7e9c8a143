import { sql } from 'drizzle-orm'
import { bigint, customType, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time } from './columns.ts'

const bytes = (name: string) =>
  customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })(name)

/** Services and machines that work together, each with its lease: by the clock of the database alone. */
export const members = pgTable(
  'members',
  {
    name: text('name').primaryKey(),
    role: text('role', { enum: ['service', 'machine'] }).notNull(),
    /** A new number each time it joins. */
    epoch: bigint('epoch', { mode: 'number' }).notNull().default(sql`nextval('member_epoch')`),
    seenAt: time('seen_at').notNull().default(sql`clock_timestamp()`),
    /** What a machine told of itself: its version, its slots. */
    facts: json<unknown>('facts').notNull(),
  },
  (table) => [index('members_seen').on(table.seenAt)],
)

/** Contents that several services have in common, in pieces of a mebibyte: never changed, only written and deleted. */
export const blobs = pgTable(
  'blobs',
  {
    /** What they belong to: an execution, a session. */
    owner: text('owner').notNull(),
    name: text('name').notNull(),
    piece: integer('piece').notNull(),
    bytes: bytes('bytes').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.name, table.piece] })],
)

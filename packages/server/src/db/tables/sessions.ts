import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time } from './columns.ts'

/** Python that remembers. The row is there before the bytes that are kept of it, and goes after them. */
export const sessions = pgTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    /** The key that it was made with; what is kept of it counts for that key too. */
    apiKeyId: text('api_key_id'),
    name: text('name'),
    /** The run of an agent that it is there for, and for nobody else; it goes with that. */
    agentRunId: text('agent_run_id'),
    /** One that is not `ready` is finished or removed by the next start. */
    state: text('state', { enum: ['creating', 'ready', 'deleting'] }).notNull(),
    /** The process that made it. */
    instance: text('instance').notNull(),
    /** The folder that its bytes are in. */
    storeId: text('store_id').notNull(),
    /** The owner that is written into its bytes: that of the first of those it was forked from. */
    sealedFor: text('sealed_for').notNull(),
    permissions: json<unknown>('permissions').notNull(),
    limits: json<unknown>('limits').notNull(),
    /** What is taken out of what comes back, where that is more than everywhere. */
    redaction: text('redaction', { enum: ['off', 'known', 'known+patterns'] }),
    /** How often it was saved, as far as is known here: its bytes are never older than that. 0 for nothing kept. */
    sequence: integer('sequence').notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    /** What is in its bytes, as the last save told it; null for nothing kept. */
    metadata: json<unknown>('metadata'),
    /** Did its last use leave something that could not be kept? It is there while the session is open. */
    unsaved: boolean('unsaved').notNull().default(false),
    /** Of one that machines run: the execution, or the other use, whose turn it is. Nobody else may change what is kept. */
    holder: text('holder'),
    /** Until when a holder has it that is no execution; one that is has it until its end. */
    heldUntil: time('held_until'),
    /** Where the holder is. */
    machine: text('machine'),
    epoch: bigint('epoch', { mode: 'number' }),
    /** Under which name its bytes are kept; null for nothing kept. */
    object: text('object'),
    /** Under which name the holder writes the next ones, and how many they will be. */
    draft: text('draft'),
    draftBytes: bigint('draft_bytes', { mode: 'number' }),
    /** How many states before it are kept then. */
    draftSteps: integer('draft_steps'),
    /** How many states before what it is now are kept. */
    stepsBack: integer('steps_back').notNull().default(0),
    /** The machine that saved it last: it may have it still, as it was saved. */
    liveMachine: text('live_machine'),
    /** The key that it was made with, where that held then: what the machine has ends with it. */
    liveKey: text('live_key'),
    /** What seals its bytes, sealed with the key of the service. */
    sealedKey: text('sealed_key'),
    createdAt: createdAt(),
    lastUsedAt: time('last_used_at').notNull().defaultNow(),
  },
  (table) => [
    index('sessions_user').on(table.userId, table.id),
    index('sessions_key').on(table.apiKeyId).where(sql`api_key_id is not null`),
    index('sessions_live').on(table.liveMachine).where(sql`live_machine is not null`),
    index('sessions_unfinished').on(table.storeId).where(sql`state <> 'ready'`),
  ],
)

/** What sessions that machines run were before what they are now, and can be again. */
export const sessionPasts = pgTable(
  'session_pasts',
  {
    sessionId: text('session_id').notNull(),
    /** Under which name its bytes are kept. */
    object: text('object').notNull(),
    /** The higher it is, the later it was. */
    sequence: integer('sequence').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    metadata: json<unknown>('metadata').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.object] })],
)

import { sql } from 'drizzle-orm'
import { bigint, doublePrecision, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time, told } from './columns.ts'

/** Many programs of one owner that run in fresh interpreters of few processes, from before they begin. */
export const batches = pgTable(
  'batches',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    apiKeyId: text('api_key_id'),
    /** The process that runs it: a service that starts ends what another one of the same name left behind. */
    instance: text('instance').notNull(),
    status: text('status', {
      enum: ['running', 'finished', 'cancelled', 'interrupted', 'failed'],
    }).notNull(),
    /** Limits that hold for each program, and how many run at a time. */
    options: json<unknown>('options').notNull(),
    /** Why it came to no end of its own, for a person. */
    problem: told('problem'),
    /** How many programs there are, how many of them have run, and how many of these succeeded. */
    programs: integer('programs').notNull(),
    done: integer('done').notNull().default(0),
    succeeded: integer('succeeded').notNull().default(0),
    /** How many places of the quota it has until it ends. */
    places: integer('places').notNull().default(1),
    cpuMs: doublePrecision('cpu_ms').notNull().default(0),
    /** Of what is recorded of it: options, programs and results. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    index('batches_user').on(table.userId, table.id),
    index('batches_key').on(table.apiKeyId).where(sql`api_key_id is not null`),
    index('batches_running').on(table.instance).where(sql`status = 'running'`),
    index('batches_finished').on(table.finishedAt),
  ],
)

/** One program of a batch each, and what became of it. */
export const batchPrograms = pgTable(
  'batch_programs',
  {
    batchId: text('batch_id').notNull(),
    index: integer('index').notNull(),
    program: json<unknown>('program').notNull(),
    /** Null for one that has not run, or never will. */
    status: text('status', { enum: ['success', 'error', 'failed'] }),
    result: json<unknown>('result'),
    /** Why it could not be run; what Python did wrong is in the result. */
    failure: told('failure'),
  },
  (table) => [primaryKey({ columns: [table.batchId, table.index] })],
)

import { sql } from 'drizzle-orm'
import { bigint, doublePrecision, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time, told } from './columns.ts'

/** Every run of code, from before it begins. */
export const executions = pgTable(
  'executions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    apiKeyId: text('api_key_id'),
    toolId: text('tool_id'),
    toolVersion: integer('tool_version'),
    /** The session that it ran in, which may be gone; null for a run in a fresh interpreter. */
    sessionId: text('session_id'),
    /** The process that runs it: a service that starts ends what another one of the same name left behind. */
    instance: text('instance').notNull(),
    status: text('status', {
      enum: ['queued', 'running', 'success', 'error', 'cancelled', 'interrupted', 'failed'],
    }).notNull(),
    /** The machine that was given it, and which of its times in the service; null where the service itself runs it. */
    machine: text('machine'),
    epoch: bigint('epoch', { mode: 'number' }),
    code: json<string>('code').notNull(),
    options: json<unknown>('options').notNull(),
    result: json<unknown>('result'),
    /** Why the service could not run it; what Python did wrong is in the result. */
    failure: told('failure'),
    cpuMs: doublePrecision('cpu_ms').notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    /** Of the files that are kept of it; 0 when there are none, or none any more. */
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull().default(0),
    /** Of what is recorded of it: code, options, result, and who is to be told. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    index('executions_user').on(table.userId, table.id),
    index('executions_user_time').on(table.userId, table.createdAt),
    index('executions_running').on(table.instance).where(sql`status = 'running'`),
    index('executions_on_machines').on(table.machine).where(sql`status in ('queued', 'running')`),
    index('executions_files').on(table.userId, table.finishedAt).where(sql`file_bytes > 0`),
    index('executions_session').on(table.sessionId, table.id).where(sql`session_id is not null`),
    index('executions_in_session')
      .on(table.sessionId)
      .where(sql`session_id is not null and status in ('queued', 'running')`),
    index('executions_tool').on(table.toolId, table.id).where(sql`tool_id is not null`),
    index('executions_status').on(table.status, table.id),
    index('executions_user_status').on(table.userId, table.status, table.id),
    index('executions_key_time').on(table.apiKeyId, table.createdAt).where(sql`api_key_id is not null`),
    index('executions_old_files').on(table.instance, table.finishedAt).where(sql`file_bytes > 0`),
    index('executions_finished').on(table.finishedAt),
  ],
)

/** Who is to be told when an execution is over, and what came of telling. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    executionId: text('execution_id').primaryKey(),
    url: text('url').notNull(),
    /** What the message is signed with, sealed. */
    secret: text('secret').notNull(),
    status: text('status', { enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Not before this moment; a try moves it on first, so that no other one begins meanwhile. */
    nextAttemptAt: time('next_attempt_at').notNull().defaultNow(),
    lastStatus: integer('last_status'),
    lastError: told('last_error'),
    createdAt: createdAt(),
    endedAt: time('ended_at'),
  },
  (table) => [index('webhook_deliveries_pending').on(table.nextAttemptAt).where(sql`status = 'pending'`)],
)

/** The answer to a request that may be repeated. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    executionId: text('execution_id').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    index('idempotency_keys_execution').on(table.executionId),
    index('idempotency_keys_time').on(table.createdAt),
  ],
)

/**
 * Executions that are over, in sum: a row for each hour, user, tool and outcome. `''` stands for all users together, and for
 * all executions, with a tool and without.
 */
export const runSums = pgTable(
  'run_sums',
  {
    hour: time('hour').notNull(),
    userId: text('user_id').notNull(),
    toolId: text('tool_id').notNull(),
    status: text('status').$type<(typeof executions.$inferSelect)['status']>().notNull(),
    runs: integer('runs').notNull(),
    cpuMs: bigint('cpu_ms', { mode: 'number' }).notNull(),
    denials: bigint('denials', { mode: 'number' }).notNull(),
    /** How many took how long, ten steps for each power of ten; empty in rows of a tool, as the next one. */
    durations: integer('durations').array().notNull(),
    /** How many ended in each minute. */
    minutes: integer('minutes').array().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.hour, table.toolId, table.status] }),
    // All that is asked for the heaviest users: the rows themselves are wide.
    index('run_sums_hour').on(table.hour, table.toolId, table.userId, table.cpuMs, table.runs),
  ],
)

import { bigint, date, doublePrecision, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, time } from './columns.ts'

/**
 * What each holder of quotas uses up: a user (`user <id>`, also with an empty id for the tools of the system), or a key with
 * quotas of its own (`api-key <id>`). Admissions change it; all else that it counts is taken from it and added to it by
 * triggers, in the transaction that changes what is counted.
 */
export const quotaUsage = pgTable('quota_usage', {
  holder: text('holder').primaryKey(),
  /** Executions that have not ended, and what takes a place as one does. */
  running: integer('running').notNull().default(0),
  agentRuns: integer('agent_runs').notNull().default(0),
  /** Until when what has begun is accounted for: each begins a part of a minute later (GCRA). */
  paidUntil: time('paid_until').notNull().defaultNow(),
  /** The day, in UTC, that `cpuMs` is of. */
  day: date('day').notNull().default('2000-01-01'),
  cpuMs: doublePrecision('cpu_ms').notNull().default(0),
  storedBytes: bigint('stored_bytes', { mode: 'number' }).notNull().default(0),
})

/** Places of executions that something else has: a call of a service, files of a session. */
export const quotaPlaces = pgTable(
  'quota_places',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    apiKeyId: text('api_key_id'),
    /** The process that has it: a service that starts frees what another one of the same name left behind. */
    instance: text('instance').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index('quota_places_instance').on(table.instance)],
)

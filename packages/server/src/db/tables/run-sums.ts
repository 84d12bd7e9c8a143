import { bigint, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { time } from './columns.ts'
import type { executions } from './executions.ts'

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
    index('run_sums_hour').on(table.hour, table.toolId),
  ],
)

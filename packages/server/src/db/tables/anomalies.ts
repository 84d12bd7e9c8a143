import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { createdAt, json, time } from './columns.ts'

/** What each execution took, by which later ones are judged. */
export const runFigures = pgTable(
  'run_figures',
  {
    executionId: text('execution_id').primaryKey(),
    userId: text('user_id').notNull(),
    toolId: text('tool_id'),
    codeSha256: text('code_sha256').notNull(),
    failed: boolean('failed').notNull(),
    /** Was it ended at a limit? */
    limited: boolean('limited').notNull(),
    /** Was something odd about it? Then it says nothing of what is usual. */
    flagged: boolean('flagged').notNull(),
    wallMs: doublePrecision('wall_ms').notNull(),
    peakBytes: bigint('peak_bytes', { mode: 'number' }).notNull(),
    outputBytes: bigint('output_bytes', { mode: 'number' }).notNull(),
    calls: integer('calls').notNull(),
    denials: integer('denials').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    index('run_figures_user').on(table.userId, table.createdAt),
    index('run_figures_tool').on(table.toolId, table.createdAt).where(sql`tool_id is not null`),
    index('run_figures_code').on(table.codeSha256, table.createdAt),
    index('run_figures_time').on(table.createdAt),
  ],
)

/** What was odd: one row for each rule and whom it is about. */
export const anomalies = pgTable(
  'anomalies',
  {
    id: text('id').primaryKey(),
    rule: text('rule').notNull(),
    subject: text('subject').notNull(),
    priority: text('priority', { enum: ['notice', 'warning', 'critical'] }).notNull(),
    state: text('state', { enum: ['open', 'acknowledged', 'dismissed'] })
      .notNull()
      .default('open'),
    count: bigint('count', { mode: 'number' }).notNull(),
    /** The highest. */
    score: doublePrecision('score').notNull(),
    sentence: text('sentence').notNull(),
    evidence: json<readonly string[]>('evidence').notNull(),
    /** The last execution, or batch, that it was found in. */
    executionId: text('execution_id').notNull(),
    firstSeen: time('first_seen').notNull().defaultNow(),
    lastSeen: time('last_seen').notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex('anomalies_rule').on(table.rule, table.subject),
    index('anomalies_state').on(table.state, table.id),
  ],
)

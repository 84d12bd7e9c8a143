import { sql } from 'drizzle-orm'
import { bigint, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time, told } from './columns.ts'

/** Every run of an agent, from before it begins. */
export const agentRuns = pgTable(
  'agent_runs',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    apiKeyId: text('api_key_id'),
    /** The session that its code ran in, which may be gone; null for one that was there for this run alone. */
    sessionId: text('session_id'),
    /** The process that runs it: a service that starts ends what another one of the same name left behind. */
    instance: text('instance').notNull(),
    status: text('status', {
      enum: [
        ...(['running', 'answered', 'max-steps', 'max-seconds', 'max-tokens', 'repeating'] as const),
        ...([
          'model-failed',
          'model-refused',
          'sandbox-failed',
          'cancelled',
          'interrupted',
          'failed',
        ] as const),
      ],
    }).notNull(),
    task: json<string>('task').notNull(),
    /** The model, the tools, the limits and the files that it was given. */
    options: json<unknown>('options').notNull(),
    /** The answer, and what it cost; null while it runs, and where the service ended meanwhile. */
    result: json<unknown>('result'),
    /** What went wrong, for a person. */
    problem: told('problem'),
    /** How many there are. */
    steps: integer('steps').notNull().default(0),
    /** Of what is recorded of it: task, options, steps and result. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    index('agent_runs_user').on(table.userId, table.id),
    index('agent_runs_key').on(table.apiKeyId).where(sql`api_key_id is not null`),
    index('agent_runs_running').on(table.instance).where(sql`status = 'running'`),
    index('agent_runs_status').on(table.status, table.id),
    index('agent_runs_user_status').on(table.userId, table.status, table.id),
    index('agent_runs_finished').on(table.finishedAt),
  ],
)

/** One turn of the model each, and what came of it. */
export const agentSteps = pgTable(
  'agent_steps',
  {
    runId: text('run_id').notNull(),
    step: integer('step').notNull(),
    content: json<unknown>('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.step] })],
)

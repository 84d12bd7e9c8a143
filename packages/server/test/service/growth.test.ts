import { type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { expect, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import {
  agentRunsEndedBefore,
  agentStepsOf,
  endedAgentRunsOf,
  interruptAgentRuns,
  listAgentRuns,
} from '../../src/db/queries/agent-runs.ts'
import { listApiKeys } from '../../src/db/queries/api-keys.ts'
import { interruptAudit, listAudit } from '../../src/db/queries/audit.ts'
import {
  endedExecutionsOf,
  forgetIdempotencyKey,
  interruptExecutions,
  listExecutions,
} from '../../src/db/queries/executions.ts'
import {
  deleteAuditBefore,
  deleteIdempotencyKeysBefore,
  deleteSignInsExpiredBefore,
  deleteVerificationsExpiredBefore,
  executionsEndedBefore,
} from '../../src/db/queries/retention.ts'
import { listSessions } from '../../src/db/queries/sessions.ts'
import { databaseBytes } from '../../src/db/queries/space.ts'
import { findToolsNamed, listTools } from '../../src/db/queries/tools.ts'
import { cpuMsSince, executionsWithOldFiles, storedBytes } from '../../src/db/queries/usage.ts'
import { listUsers } from '../../src/db/queries/users.ts'
import { listDueDeliveries, nextDeliveryAt } from '../../src/db/queries/webhook-deliveries.ts'
import * as schema from '../../src/db/schema.ts'
import { forgetRecords } from '../../src/services/retention.ts'
import { describeService } from './fixtures/service.ts'

/** A real PostgreSQL plans as it will; the embedded one, which takes twenty times as long to fill, is asked for other ways. */
const ROWS = { PostgreSQL: 300_000, embedded: 3000 }
/** Of what is in no list. */
const FEWER_ROWS = 30_000
/** Of tools a user has some fifty at most, of everything else as many as there are. */
const TOOL_OWNERS = 6000
const PAGE = { limit: 20 }
const NOW = new Date()
const OLD = { before: new Date(0), limit: 100 }
/** Rows that a statement may look at in vain. */
const MAX_IN_VAIN = 100

/** Every list, filter, count and removal of the API and of the service's own work. */
const QUESTIONS: readonly (readonly [string, (db: Database) => Promise<unknown>])[] = [
  ...[
    {},
    { userId: 'usr_7' },
    { toolId: 'tool_none' },
    { userId: 'usr_7', toolId: 'tool_none' },
    { sessionId: 'ses_none' },
    { userId: 'usr_7', sessionId: 'ses_none' },
    { status: 'failed' as const },
    { userId: 'usr_7', status: 'failed' as const },
    { toolId: 'tool_7', status: 'failed' as const },
    { userId: 'usr_7', toolId: 'tool_7', status: 'failed' as const },
  ].map((filter) => asked('executions', filter, (db) => listExecutions(db, filter, PAGE))),
  ...[
    {},
    { actorId: 'usr_7' },
    { action: 'nothing' },
    { actorId: 'usr_7', action: 'nothing' },
    { resourceId: 'exe_none' },
    { actorId: 'usr_7', resourceId: 'exe_none' },
  ].map((filter) => asked('audit', filter, (db) => listAudit(db, filter, PAGE))),
  ...[{}, { ownerId: 'usr_7' }, { visibleTo: 'usr_7' }, { system: true as const }].map((filter) =>
    asked('tools', filter, (db) => listTools(db, filter, PAGE)),
  ),
  ...[{}, { userId: 'usr_7' }].map((filter) =>
    asked('sessions', filter, (db) => listSessions(db, filter, PAGE)),
  ),
  ['keys of a user', (db) => listApiKeys(db, 'usr_7', PAGE)],
  ['keys', (db) => listApiKeys(db, null, PAGE)],
  ['users', (db) => listUsers(db, PAGE)],
  ['CPU time of a user', (db) => cpuMsSince(db, { kind: 'user', id: 'usr_7' }, NOW)],
  ['CPU time of a key', (db) => cpuMsSince(db, { kind: 'api-key', id: 'key_3' }, NOW)],
  ['storage of a user', (db) => storedBytes(db, { kind: 'user', id: 'usr_7' })],
  ['storage of a key', (db) => storedBytes(db, { kind: 'api-key', id: 'key_3' })],
  ['what is left of a user', (db) => endedExecutionsOf(db, 'usr_7', 100)],
  ['old files', (db) => executionsWithOldFiles(db, { instance: 'x', ...OLD })],
  ['old executions', (db) => executionsEndedBefore(db, OLD)],
  ['old entries of the audit', (db) => deleteAuditBefore(db, OLD)],
  ['old idempotency keys', (db) => deleteIdempotencyKeysBefore(db, OLD)],
  ['old sign-ins', (db) => deleteSignInsExpiredBefore(db, OLD)],
  ['old verifications', (db) => deleteVerificationsExpiredBefore(db, OLD)],
  ['the key of an execution', (db) => forgetIdempotencyKey(db, 'exe_none')],
  ['due deliveries', (db) => listDueDeliveries(db, { now: NOW, limit: 8, perUser: 2, busy: ['usr_8'] })],
  ['the next delivery', (db) => nextDeliveryAt(db, [])],
  ...[
    {},
    { userId: 'usr_7' },
    { status: 'failed' as const },
    { userId: 'usr_7', status: 'failed' as const },
  ].map((filter) => asked('agent runs', filter, (db) => listAgentRuns(db, filter, PAGE))),
  ['steps of a run', (db) => agentStepsOf(db, 'agt_7')],
  ['old agent runs', (db) => agentRunsEndedBefore(db, OLD)],
  ['what agents did in a service', (db) => interruptAgentRuns(db, 'y')],
  ['what is left of the agents of a user', (db) => endedAgentRunsOf(db, 'usr_7', 100)],
  ['tools of these names', (db) => findToolsNamed(db, 'usr_7', ['t7', 't8'])],
  ['what ran in a service', (db) => interruptExecutions(db, 'y')],
  ['what a service had open', (db) => interruptAudit(db, 'y')],
]

function asked(name: string, filter: object, ask: (db: Database) => Promise<unknown>) {
  return [`${name} ${JSON.stringify(filter)}`, ask] as const
}

const of = (id: string, place: number) => `'${id}' || n % ${place}`
const fill = (rows: number, fewer = Math.min(rows, FEWER_ROWS)) => [
  `insert into users (id, name, email) select 'usr_' || n, 'n', n || '@example.com' from generate_series(0, ${rows}) n`,
  `insert into executions (id, user_id, api_key_id, tool_id, session_id, instance, status, code, options, created_at, finished_at)
   select 'exe_0' || lpad(n::text, 9, '0'), ${of('usr_', 100)}, ${of('key_', 100)}, ${of('tool_', 50)},
     ${of('ses_', 100)}, 'x', 'success', '""', '{}', now() - n * interval '1 minute', now() - n * interval '1 minute'
   from generate_series(1, ${rows}) n`,
  `insert into agent_runs (id, user_id, api_key_id, instance, status, task, options, created_at, finished_at)
   select 'agt_' || n, ${of('usr_', 100)}, ${of('key_', 100)}, 'x', 'answered', '""', '{}', now() - n * interval '1 minute',
     now() - n * interval '1 minute' from generate_series(1, ${rows}) n`,
  `insert into agent_steps (run_id, step, content) select id, 1, '{}' from agent_runs limit ${fewer}`,
  `insert into audit_entries (id, actor_id, action, resource_id, instance, outcome, detail, created_at)
   select 'aud_0' || lpad(n::text, 9, '0'), ${of('usr_', 100)}, 'execution.create', 'exe_0' || n, 'x', 'success', '{}',
     now() - n * interval '1 minute' from generate_series(1, ${rows}) n`,
  `insert into idempotency_keys (user_id, key, request_hash, execution_id)
   select ${of('usr_', 100)}, 'key' || n, 'h', 'exe_0' || n from generate_series(1, ${fewer}) n`,
  `insert into webhook_deliveries (execution_id, url, secret, status)
   select 'exe_0' || lpad(n::text, 9, '0'), '', '', 'delivered' from generate_series(1, ${fewer}) n`,
  `insert into tools (id, owner_id, system, name, display_name, description, kind, definition, parameters, permissions, limits, version)
   select 'tool_' || n, ${of('usr_', TOOL_OWNERS)}, false, 't' || n, '', '', 'python', '{}', '{}', '{}', '{}', 1 from generate_series(0, ${rows}) n`,
  `insert into tool_versions (tool_id, version, content, created_by) select id, 1, '{}', owner_id from tools limit ${fewer}`,
  `insert into sessions (id, user_id, api_key_id, state, instance, store_id, sealed_for, permissions, limits)
   select 'ses_' || n, ${of('usr_', 100)}, ${of('key_', 100)}, 'ready', 'x', 's', '', '{}', '{}' from generate_series(0, ${rows}) n`,
  `insert into sign_ins (id, token, expires_at, user_id)
   select 'sig_' || n, 't' || n, now() + interval '1 day', 'usr_' || n from generate_series(0, ${fewer}) n`,
  `insert into verifications (id, identifier, value, expires_at)
   select 'ver_' || n, 'i' || n, '', now() + interval '1 day' from generate_series(0, ${fewer}) n`,
  `insert into api_keys (id, user_id, name, hash, hint, scopes) select 'key_' || n, ${of('usr_', 100)}, '', 'h' || n, '', '[]' from generate_series(0, ${rows}) n`,
]

/** The statements that a query sends, with an answer of no rows for each. */
async function statementsOf(query: (db: Database) => Promise<unknown>): Promise<SQL[]> {
  const statements: SQL[] = []
  const recorder = drizzle(
    async (text, params) => {
      const parts = text.split(/\$\d+/)
      statements.push(
        sql.join(
          parts.flatMap((part, index) => [
            sql.raw(part),
            ...(index in params ? [sql`${params[index]}`] : []),
          ]),
        ),
      )
      return { rows: [] }
    },
    { schema },
  )
  await query(recorder)
  return statements
}

/** What a plan does in vain: tables that are read whole, and rows that are looked at and left out. */
function waste(plan: unknown): string[] {
  return [...JSON.stringify(plan).matchAll(/Seq Scan on \w+|Rows Removed by Filter: (\d+)/g)].flatMap(
    ([text, rows]) => (rows === undefined || Number(rows) > MAX_IN_VAIN ? [text] : []),
  )
}

describeService('a database that has grown', (service, _, kind) => {
  test('every list, filter, count and removal finds its rows by an index', async () => {
    const { db } = service().services.context
    await withoutIndexes(db, async () => {
      for (const statement of fill(ROWS[kind])) await db.execute(sql.raw(statement))
    })
    await db.execute(sql`analyze`)
    await db.transaction(async (tx) => {
      // A table of so few rows is read whole for cheapness; with this, only where no index leads to them.
      if (kind === 'embedded') await tx.execute(sql`set local enable_seqscan = off`)
      const wasted: string[] = []
      for (const [name, query] of QUESTIONS)
        for (const statement of await statementsOf(query)) {
          const plan = await tx.execute(sql`explain analyze ${statement}`)
          wasted.push(...waste(plan).map((what) => `${name}: ${what}`))
        }
      expect(wasted).toEqual([])
    })
  })
})

/** Does something without the indexes that are made again afterwards, which is quicker than to keep them up to date. */
async function withoutIndexes(db: Database, work: () => Promise<void>): Promise<void> {
  const { rows } = (await db.execute(
    sql`select indexname as name, indexdef as definition from pg_indexes
      where schemaname = 'public' and indexname not in (select conname from pg_constraint)`,
  )) as unknown as { rows: { readonly name: string; readonly definition: string }[] }
  for (const { name } of rows) await db.execute(sql.raw(`drop index "${name}"`))
  await work()
  for (const { definition } of rows) await db.execute(sql.raw(definition))
}

describeService('what was kept long enough', (service, _, kind) => {
  test('goes, in small pieces, and nothing else does', async () => {
    const { context } = service().services
    const { db } = context
    const day = (days: number) => sql.raw(`now() - interval '${days} days'`)
    await db.execute(sql`delete from audit_entries`)
    for (const [name, days] of [
      ['new', 20],
      ['old', 90],
    ] as const)
      for (const statement of [
        sql`insert into executions (id, user_id, instance, status, code, options, created_at, finished_at)
          select 'exe_' || ${name} || n, 'usr_1', 'x', 'success', '""', '{}', ${day(days)}, ${day(days)} from generate_series(1, 250) n`,
        sql`insert into agent_runs (id, user_id, instance, status, task, options, created_at, finished_at)
          select 'agt_' || ${name} || n, 'usr_1', 'x', 'answered', '""', '{}', ${day(days)}, ${day(days)} from generate_series(1, 250) n`,
        sql`insert into agent_steps (run_id, step, content)
          select 'agt_' || ${name} || n, 1, '{}' from generate_series(1, 250) n`,
        sql`insert into webhook_deliveries (execution_id, url, secret, status)
          select 'exe_' || ${name} || n, 'https://example.com', '', 'failed' from generate_series(1, 250) n`,
        sql`insert into audit_entries (id, action, instance, outcome, detail, created_at)
          select 'aud_' || ${name} || n, 'a', 'x', 'success', '{}', ${day(days)} from generate_series(1, 250) n`,
        sql`insert into verifications (id, identifier, value, expires_at)
          select 'ver_' || ${name} || n, 'a', 'b', ${day(days - 50)} from generate_series(1, 250) n`,
      ])
        await db.execute(statement)
    await forgetRecords(context)
    for (const [table, column] of [
      ['executions', 'id'],
      ['webhook_deliveries', 'execution_id'],
      ['agent_runs', 'id'],
      ['agent_steps', 'run_id'],
      ['audit_entries', 'id'],
      ['verifications', 'id'],
    ]) {
      const counted = sql.raw(
        `select count(*) as n, count(*) filter (where ${column} like '%\\_old%') as old from ${table}`,
      )
      expect(JSON.stringify(await db.execute(counted)), table).toMatch(/"n":"?250"?,"old":"?0"?/)
    }
  })

  // PostgreSQL has a process of its own for that, which comes by in its time.
  test.runIf(kind === 'embedded')('gives its room back to others, and to the disk', async () => {
    const { context } = service().services
    const { db, space } = context
    const keep = async () =>
      await db.execute(sql`insert into executions (id, user_id, instance, status, code, options, result, created_at, finished_at)
        select 'exe_large' || n, 'usr_1', 'x', 'success', '""', '{}', '"' || substr(text, n * 32, 60000) || '"',
          now() - interval '90 days', now() - interval '90 days'
        from generate_series(1, 400) n, (select string_agg(md5(m::text), '') as text from generate_series(1, 2400) m) random`)
    const before = await databaseBytes(db)
    const grown = async () => (await databaseBytes(db)) - before
    const afterwards = async () => {
      await space.tidy()
      return await grown()
    }
    await keep()
    const full = await grown()
    expect(full).toBeGreaterThan(20 * 2 ** 20)
    await forgetRecords(context)
    // What is left are the last changes, for which it is not worth it yet.
    await expect.poll(afterwards).toBeLessThan(full * 0.6)
    await keep()
    expect(await grown()).toBeLessThan(full * 1.1)
    await forgetRecords(context)
    await expect.poll(afterwards).toBeLessThan(full * 0.6)
  })
})

import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { forgetRecords } from '../../src/services/retention.ts'
import { describeService } from './service-fixture.ts'

const ROWS = 30_000

/** Every list, filter and removal of the API and of the service's own work, as it asks the database. */
const QUESTIONS = [
  `select id from executions order by id desc limit 21`,
  `select id from executions where user_id = 'usr_7' order by id desc limit 21`,
  `select id from executions where tool_id = 'tool_none' order by id desc limit 21`,
  `select id from executions where user_id = 'usr_7' and tool_id = 'tool_none' order by id desc limit 21`,
  `select id from executions where session_id = 'ses_none' order by id desc limit 21`,
  `select id from executions where status = 'failed' order by id desc limit 21`,
  `select id from executions where user_id = 'usr_7' and status = 'failed' order by id desc limit 21`,
  `select sum(cpu_ms) from executions where api_key_id = 'key_3' and created_at >= now() - interval '1 hour'`,
  `select id from executions where instance = 'x' and file_bytes > 0 and finished_at < now() limit 100`,
  `select id from executions where finished_at < now() - interval '900 days' and status <> 'running' limit 100`,
  `select id from audit_entries order by id desc limit 21`,
  `select id from audit_entries where actor_id = 'usr_7' order by id desc limit 21`,
  `select id from audit_entries where action = 'nothing' order by id desc limit 21`,
  `select id from audit_entries where actor_id = 'usr_7' and action = 'nothing' order by id desc limit 21`,
  `select id from audit_entries where resource_id = 'exe_none' order by id desc limit 21`,
  `select id from audit_entries where created_at < now() - interval '900 days' and outcome <> 'open' limit 100`,
  `delete from idempotency_keys where execution_id = 'exe_none'`,
  `select execution_id from idempotency_keys where created_at < now() - interval '900 days' limit 100`,
]

const FILL = [
  `insert into executions (id, user_id, api_key_id, tool_id, instance, status, code, options, created_at, finished_at)
   select 'exe_0' || lpad(n::text, 9, '0'), 'usr_' || n % 100, 'key_' || n % 100, 'tool_' || n % 50, 'x', 'success',
     '""', '{}', now() - n * interval '1 minute', now() - n * interval '1 minute' from generate_series(1, ${ROWS}) n`,
  `insert into audit_entries (id, actor_id, action, resource_id, instance, outcome, detail, created_at)
   select 'aud_0' || lpad(n::text, 9, '0'), 'usr_' || n % 100, 'execution.create', 'exe_0' || n, 'x', 'success', '{}',
     now() - n * interval '1 minute' from generate_series(1, ${ROWS}) n`,
  `insert into idempotency_keys (user_id, key, request_hash, execution_id)
   select 'usr_' || n % 100, 'key' || n, 'h', 'exe_0' || n from generate_series(1, ${ROWS}) n`,
  'analyze',
]

describeService('a database that has grown', (service) => {
  test('every list and filter finds its rows by an index', { timeout: 120_000 }, async () => {
    const { db } = service().services.context
    for (const statement of FILL) await db.execute(sql.raw(statement))
    for (const question of QUESTIONS) {
      const answer = await db.execute(sql.raw(`explain ${question}`))
      expect(JSON.stringify(answer), question).not.toContain('Seq Scan on')
    }
  })
})

describeService('what was kept long enough', (service) => {
  test('goes, in small pieces, and nothing else does', { timeout: 60_000 }, async () => {
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
      ['audit_entries', 'id'],
      ['verifications', 'id'],
    ]) {
      const counted = sql.raw(
        `select count(*) as n, count(*) filter (where ${column} like '%\\_old%') as old from ${table}`,
      )
      expect(JSON.stringify(await db.execute(counted)), table).toMatch(/"n":"?250"?,"old":"?0"?/)
    }
  })
})

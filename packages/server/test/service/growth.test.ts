import { type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pg-proxy'
import { expect, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { databaseBytes } from '../../src/db/queries/space.ts'
import * as schema from '../../src/db/schema.ts'
import { forgetRecords } from '../../src/services/retention.ts'
import { QUESTIONS } from './fixtures/grown-questions.ts'
import { fill } from './fixtures/grown-rows.ts'
import { describeService } from './fixtures/service.ts'

/** A real PostgreSQL plans as it will; the embedded one, which takes twenty times as long to fill, is asked for other ways. */
const ROWS = { PostgreSQL: 300_000, embedded: 3000 }
/** Rows that a statement may look at in vain. */
const MAX_IN_VAIN = 100

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
  // No statement of a transaction is sent anywhere: any of them may be looked at by itself.
  Object.assign(recorder, { transaction: (work: (db: Database) => unknown) => work(recorder) })
  await query(recorder)
  return statements
}

/**
 * What a plan does in vain: tables that are read whole, and rows that are looked at and left out. Of what is under way, and
 * of what gets its place in the log within a second, there are few rows; and of the head there is one.
 */
function waste(plan: unknown): string[] {
  return [
    ...JSON.stringify(plan).matchAll(
      /Seq Scan on (?!audit_(?:head|open|inbox)\b)\w+|Rows Removed by Filter: (\d+)/g,
    ),
  ].flatMap(([text, rows]) => (rows === undefined || Number(rows) > MAX_IN_VAIN ? [text] : []))
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
    await context.auditLog.flush()
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
    // What a try before this one left.
    await db.execute(sql`delete from executions where id like 'exe_large%'`)
    await db.execute(sql`vacuum full executions`)
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
    await expect.poll(afterwards, { timeout: 30_000 }).toBeLessThan(full * 0.6)
    await keep()
    expect(await grown()).toBeLessThan(full * 1.1)
    await forgetRecords(context)
    await expect.poll(afterwards, { timeout: 30_000 }).toBeLessThan(full * 0.6)
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { getTableColumns, getTableName, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { expect, test } from 'vitest'
import { MIGRATION_LOCK } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/index.ts'
import { quotaDrift } from '../../src/db/queries/quota-recount.ts'
import { usageOf } from '../../src/db/queries/quota-usage.ts'
import { listTools } from '../../src/db/queries/tools.ts'
import * as schema from '../../src/db/schema.ts'
import { migrationsUpTo } from './fixtures/migrations.ts'
import { describeService } from './fixtures/service.ts'

describeService('database', (service, postgres) => {
  test('the migrations make the tables of the schema, column for column', async () => {
    const { db } = service().services.context
    const answer = await db.execute(
      sql`select table_name, column_name, is_nullable from information_schema.columns where table_schema = 'public'`,
    )
    const { rows } = answer as unknown as { rows: Record<string, string>[] }
    const there = rows
      .map((row) => `${row.table_name}.${row.column_name} ${row.is_nullable === 'YES'}`)
      .sort()
    const wanted = Object.values(schema).flatMap((table) =>
      Object.values(getTableColumns(table)).map(
        (column) => `${getTableName(table)}.${column.name} ${!column.notNull}`,
      ),
    )
    expect(there).toEqual(wanted.sort())
  })

  test('what was recorded before it was counted counts after an upgrade, and tools that were deleted are gone', async () => {
    const server = postgres()
    if (server === null) return
    const url = server.newDatabase()
    using before = migrationsUpTo('0004_indexes')
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    await migrate(drizzle(pool), { migrationsFolder: before.folder })
    await pool.query(`insert into executions (id, user_id, instance, status, code, options, result, finished_at) values
      ('exe_1', 'usr_1', 'x', 'success', '"print(1)"', '{}', '{"a": "\u00e9"}', now()), ('exe_2', 'usr_1', 'x', 'failed', '""', '{}', null, now())`)
    for (const [id, deleted] of [
      ['tool_1', 'null'],
      ['tool_2', 'now()'],
    ]) {
      await pool.query(`insert into tools
        (id, owner_id, system, name, display_name, description, kind, definition, parameters, permissions, limits, version, deleted_at)
        values ('${id}', 'usr_1', false, '${id}', '', '', 'python', '{}', '{}', '{}', '{}', 1, ${deleted})`)
      await pool.query(`insert into tool_versions (tool_id, version, content, auth, created_by)
        values ('${id}', 1, '{"code": "1"}', 'sealed', 'usr_1')`)
    }
    await pool.end()
    await using database = await openDatabase({ url })
    const texts = ['"print(1)"', '{}', '{"a": "\u00e9"}', '""', '{}', '{"code": "1"}', 'sealed']
    const used = (await usageOf(database.db, ['user usr_1'])).get('user usr_1')
    expect(used).toMatchObject({ running: 0, storedBytes: Buffer.byteLength(texts.join('')) })
    expect(await quotaDrift(database.db)).toEqual([])
    expect((await listTools(database.db, {}, { limit: 10 })).items.map(({ id }) => id)).toEqual(['tool_1'])
  })

  test('a start waits for the service that changes the tables, longer than a query may take', async () => {
    const server = postgres()
    if (server === null) return
    const url = server.newDatabase()
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    await other.query(`select pg_advisory_lock(${MIGRATION_LOCK})`)
    // What a query may take, for this start; it waits for the lock for twice as long.
    const opening = openDatabase({ url: `${url}&statement_timeout=500` })
    const waits =
      'select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())'
    await expect.poll(async () => (await other.query(waits)).rowCount).toBe(1)
    await sleep(1000)
    await other.end()
    await using database = await opening
    expect((await listTools(database.db, {}, { limit: 10 })).items).toEqual([])
    await expect(database.db.execute(sql`select pg_sleep(5)`)).rejects.toThrow()
  })

  test('while the database is away every answer is a 503; afterwards all works again by itself', async () => {
    const server = postgres()
    const { admin, as } = service()
    const request = as(admin)
    const tool = {
      name: 'left',
      kind: 'openapi',
      definition: {
        document:
          'openapi: 3.1.0\ninfo: {title: T, version: "1"}\nservers: [{url: "https://example.com"}]\npaths:\n  /a: {get: {responses: {"200": {description: ok}}}}\n',
      },
    }
    if (server === null) {
      // The embedded one lives and dies with the service; that it is closed is the nearest to being away.
      await expect.poll(async () => (await request('GET', '/readyz')).status).toBe(200)
      return
    }
    const before = (await request('GET', 'tools')).body
    server.stop()
    for (const [method, path, body] of [
      ['GET', 'tools'],
      ['POST', 'tools', tool],
      ['POST', 'executions', { code: '1' }],
      ['GET', '/readyz'],
    ] as const) {
      const away = await request(method, path, body)
      expect(away.status, `${method} ${path}`).toBe(503)
      if (path !== '/readyz') expect(away.body).toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 })
    }
    expect((await service().send('GET', '/healthz')).status).toBe(200)
    server.start()
    await expect.poll(async () => (await request('GET', '/readyz')).status).toBe(200)
    expect((await request('GET', 'tools')).body).toEqual(before)
    expect((await request('POST', 'tools', tool)).status).toBe(201)
    expect((await request('POST', 'executions', { code: '6 * 7' })).body).toMatchObject({
      result: { result: 42 },
    })
  })
})

import { getTableColumns, getTableName, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import * as schema from '../../src/db/schema.ts'
import { describeService } from './service-fixture.ts'

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
      expect((await request('GET', '/readyz')).status).toBe(200)
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
    await expect.poll(async () => (await request('GET', '/readyz')).status, { timeout: 10_000 }).toBe(200)
    expect((await request('GET', 'tools')).body).toEqual(before)
    expect((await request('POST', 'tools', tool)).status).toBe(201)
    expect((await request('POST', 'executions', { code: '6 * 7' })).body).toMatchObject({
      result: { result: 42 },
    })
  })
})

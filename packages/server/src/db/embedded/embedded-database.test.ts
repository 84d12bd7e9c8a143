import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseFailure } from '../failure.ts'
import { EmbeddedDatabase } from './embedded-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'acs-embedded-'))
let embedded: EmbeddedDatabase
const pool = new pg.Pool({
  max: 1,
  stream: () => embedded.connect(),
})
pool.on('error', () => {})
const db = drizzle(pool)
beforeAll(async () => {
  embedded = await EmbeddedDatabase.open(folder, 'soon', () => {})
  await db.execute(sql`create table numbers (n int)`)
})
afterAll(async () => {
  await pool.end()
  await embedded[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const count = sql`select count(*)::int as n from numbers`

test('while the embedded database works the event loop goes on', async () => {
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 5)
  await db.execute(sql`select count(*) from generate_series(1, 1000000)`)
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(10)
})

test('queries at once and transactions take turns; a failed one leaves nothing behind', async () => {
  const failing = db.transaction(async (tx) => {
    await tx.execute(sql`insert into numbers values (1)`)
    await tx.execute(sql`select * from nothing`)
  })
  const [failed, ...others] = await Promise.allSettled([
    failing,
    ...Array.from({ length: 20 }, (_, n) => db.execute(sql`insert into numbers values (${n})`)),
  ])
  expect(failed).toMatchObject({ status: 'rejected', reason: { cause: { code: '42P01' } } })
  expect(others.filter(({ status }) => status === 'rejected')).toEqual([])
  expect(await db.execute(count)).toMatchObject({ rows: [{ n: 20 }] })
})

test('a row of many megabytes goes in and comes out', async () => {
  const text = 'é'.repeat(5_000_000)
  expect(await db.execute(sql`select ${text}::text as text`)).toMatchObject({ rows: [{ text }] })
})

test('what was answered is not kept in memory', async () => {
  const before = process.memoryUsage.rss()
  for (let n = 0; n < 600; n += 1) await db.execute(sql`select repeat('x', 1000000) as text`)
  // What a busy machine has not collected yet is some 170.
  expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(300)
})

test('when PostgreSQL has ended, a query is told so, and the next one finds what was written', async () => {
  const log = join(folder, 'postgres', 'pg_wal')
  renameSync(log, `${log}.away`)
  const large = db.execute(sql`insert into numbers select n from generate_series(1, 400000) n`)
  const error = await large.then(
    () => null,
    (reason: unknown) => reason,
  )
  renameSync(`${log}.away`, log)
  expect(databaseFailure(error)).toBe('unavailable')
  expect(await db.execute(count)).toMatchObject({ rows: [{ n: 20 }] })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenDatabase, openDatabase } from '../index.ts'
import { secrets, sessions, tools, toolVersions, webhookDeliveries } from '../schema.ts'
import { resealDeliveries, resealModels, resealSecrets, resealSessionKeys, resealTools } from './sealed.ts'

/** Two pieces that are full, and nothing after them: nor is one of them sealed twice. */
const ROWS = 400

const folder = mkdtempSync(join(tmpdir(), 'acs-reseal-'))
let database: OpenDatabase
beforeAll(async () => {
  database = await openDatabase({ folder, sync: 'soon' })
  const statements = [
    `insert into users (id, name, email) values ('usr', 'n', 'n@example.com')`,
    `insert into tools (id, owner_id, system, name, display_name, description, kind, definition, parameters, permissions, limits, version, auth)
     select 'tool_' || n, 'usr', false, 't' || n, '', '', 'python', '{}', '{}', '{}', '{}', 1, 'old' from generate_series(1, ${ROWS}) n`,
    `insert into tool_versions (tool_id, version, content, created_by, auth) select id, v, '{}', 'usr', 'old' from tools, generate_series(1, 3) v`,
    `insert into tools (id, owner_id, system, name, display_name, description, kind, definition, parameters, permissions, limits, version)
     values ('bare', 'usr', false, 'bare', '', '', 'python', '{}', '{}', '{}', '{}', 1)`,
    `insert into sessions (id, user_id, api_key_id, state, instance, store_id, sealed_for, sealed_key, permissions, limits)
     select 'ses_' || n, 'usr', 'key', 'ready', 'x', 's', '', 'old', '{}', '{}' from generate_series(1, ${ROWS}) n`,
    `insert into executions (id, user_id, api_key_id, instance, status, code, options)
     select 'exe_' || n, 'usr', 'key', 'x', 'success', '""', '{}' from generate_series(1, ${ROWS + 1}) n`,
    `insert into webhook_deliveries (execution_id, url, secret, status)
     select 'exe_' || n, '', 'old', case when n > ${ROWS} then 'delivered' else 'pending' end from generate_series(1, ${ROWS + 1}) n`,
    `insert into secrets (id, tool_id, name, sealed, hosts, places)
     select 'sec_' || n, 'tool_1', 'n' || n, 'old', '[]', '[]' from generate_series(1, ${ROWS}) n`,
  ]
  for (const statement of statements) await database.db.execute(sql.raw(statement))
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

async function countOf(table: PgTable, column: PgColumn): Promise<Record<string, number>> {
  const rows = await database.db.select({ value: column, n: count() }).from(table).groupBy(column)
  return Object.fromEntries(rows.map(({ value, n }) => [String(value), n]))
}

test('every sealed text is sealed anew, once, beyond a piece, and nothing else is', async () => {
  const seen: string[] = []
  const reseal = (sealed: string, id: string) => {
    seen.push(id)
    return `${sealed}, new`
  }
  const { db } = database
  expect(await resealTools(db, reseal)).toBe(ROWS)
  await resealSessionKeys(db, reseal)
  await resealDeliveries(db, reseal)
  await resealModels(db, reseal)
  expect(await resealSecrets(db, ({ sealed, name }) => reseal(sealed, name))).toBe(ROWS)
  expect(seen.length).toBe(7 * ROWS)
  expect(await countOf(tools, tools.auth)).toEqual({ 'old, new': ROWS, null: 1 })
  expect(await countOf(toolVersions, toolVersions.auth)).toEqual({ 'old, new': 3 * ROWS })
  expect(await countOf(sessions, sessions.sealedKey)).toEqual({ 'old, new': ROWS })
  expect(await countOf(webhookDeliveries, webhookDeliveries.secret)).toEqual({ 'old, new': ROWS, old: 1 })
  expect(await countOf(secrets, secrets.sealed)).toEqual({ 'old, new': ROWS })
})

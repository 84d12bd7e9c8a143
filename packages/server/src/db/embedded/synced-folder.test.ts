import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, expect, test } from 'vitest'
import { unpackFolder } from './folder-archive.ts'
import { type DatabaseSync, syncedFolder } from './synced-folder.ts'

const INITIAL = new URL('../../../build/db/embedded/initial-database.gz', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'acs-synced-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A database on a disk that counts, and fails when it is told to. */
async function openDatabase(name: string, sync: DatabaseSync) {
  const seen = { now: 0, later: 0, broken: false }
  const failure = Object.assign(new Error('the disk is broken'), { code: 'EIO' })
  const synced = syncedFolder(join(folder, name), sync, {
    disk: {
      syncNow() {
        seen.now += 1
        if (seen.broken) throw failure
      },
      sync(_, done) {
        seen.later += 1
        done(seen.broken ? failure : null)
      },
    },
  })
  unpackFolder(readFileSync(INITIAL), join(folder, name))
  const { fs, startParams } = synced
  const database = await PGlite.create({ fs, startParams })
  await database.exec('create table t (n int)')
  await sleep(100)
  Object.assign(seen, { now: 0, later: 0 })
  return { database, seen, synced }
}

test('syncedFolder() syncs the log before a commit returns, with "commit"', async () => {
  const { database, seen, synced } = await openDatabase('commit', 'commit')
  for (let n = 1; n <= 3; n += 1) {
    await database.query('insert into t values ($1)', [n])
    expect(seen).toMatchObject({ now: n, later: 0 })
  }
  await database.query('select * from t')
  expect(seen.now).toBe(3)
  await database.close()
  synced[Symbol.dispose]()
})

test('syncedFolder() syncs the log once for all commits of a moment, and all files at a checkpoint, with "soon"', async () => {
  const { database, seen, synced } = await openDatabase('soon', 'soon')
  for (let n = 1; n <= 50; n += 1) await database.query('insert into t values ($1)', [n])
  expect(seen.now).toBe(0)
  await expect.poll(() => seen.later).toBeGreaterThan(0)
  expect(seen.later).toBeLessThan(50)
  await database.exec('checkpoint')
  expect(seen.now).toBeGreaterThan(1)
  await database.close()
  synced[Symbol.dispose]()
})

test('syncedFolder() lets no commit succeed that the disk refuses', async () => {
  const { database, seen } = await openDatabase('broken', 'commit')
  seen.broken = true
  await expect(database.query('insert into t values (1)')).rejects.toThrow()
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { checkpoints } from './checkpoints.ts'
import { takeDataFolder } from './data-folder.ts'
import * as schema from './schema.ts'
import type { DatabaseSync } from './synced-folder.ts'

/** What every query takes: the database, or a transaction of it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>

/** An open database with its tables in place. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database
  readonly kind: 'embedded' | 'server'
}

/** What an opening may take longer for: somebody else may have the folder, or it was not closed. */
export type OpeningWait = 'folder' | 'recovery'

/** Where the data is: a folder of the embedded database, or the URL of a PostgreSQL server. */
export type DatabasePlace =
  | { readonly folder: string; readonly sync?: DatabaseSync }
  | { readonly url: string; readonly maxConnections?: number }

const MIGRATIONS = join(ownTree(import.meta.url).folder, 'db', 'migrations')
/** Any number, as long as it is always the same: whoever holds this lock changes the tables. */
const MIGRATION_LOCK = 7_317_253_114
const CONNECT_TIMEOUT_MS = 5000
const STATEMENT_TIMEOUT_MS = 30_000

/**
 * Opens the database and brings its tables up to date.
 * @throws FolderInUseError when another process has the embedded database open
 */
export async function openDatabase(
  place: DatabasePlace,
  onWait: (why: OpeningWait) => void = () => {},
): Promise<OpenDatabase> {
  return 'url' in place
    ? await openServer(place.url, place.maxConnections ?? 10)
    : await openEmbedded(place.folder, place.sync ?? 'soon', onWait)
}

async function openEmbedded(
  folder: string,
  sync: DatabaseSync,
  onWait: (why: OpeningWait) => void,
): Promise<OpenDatabase> {
  const [{ PGlite }, { syncedFolder }, { drizzle }, { migrate }] = await Promise.all([
    import('@electric-sql/pglite'),
    import('./synced-folder.ts'),
    import('drizzle-orm/pglite'),
    import('drizzle-orm/pglite/migrator'),
  ])
  const lock = await takeDataFolder(folder, () => onWait('folder'))
  try {
    const files = join(folder, 'postgres')
    // PostgreSQL leaves it behind when it is killed, and reads its log on from the last checkpoint then.
    if (existsSync(join(files, 'postmaster.pid'))) onWait('recovery')
    let checkpoint = () => {}
    const { fs, startParams, ...synced } = syncedFolder(files, sync, { onLogFile: () => checkpoint() })
    const client = await PGlite.create({ fs, startParams })
    checkpoint = checkpoints(async () => {
      if (!client.closed) await client.exec('checkpoint')
    })
    const db = drizzle(client, { schema })
    await migrate(db, { migrationsFolder: MIGRATIONS })
    return {
      db,
      kind: 'embedded',
      async [Symbol.asyncDispose]() {
        if (!client.closed) await client.close()
        synced[Symbol.dispose]()
        lock[Symbol.dispose]()
      },
    }
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}

async function openServer(url: string, maxConnections: number): Promise<OpenDatabase> {
  const [{ default: pg }, { drizzle }, { migrate }] = await Promise.all([
    import('pg'),
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ])
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'agentchat-sandbox',
  })
  // A connection that breaks while nobody uses it: the pool makes a new one when one is needed.
  pool.on('error', () => {})
  try {
    const client = await pool.connect()
    try {
      // Another service may be at it for longer, and so may an index on a large table.
      await client.query('set statement_timeout = 0')
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
      await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
    } finally {
      // Ending the connection gives the lock back, whatever state it is in.
      client.release(true)
    }
    let ended: Promise<void> | null = null
    return {
      db: drizzle(pool, { schema }),
      kind: 'server',
      [Symbol.asyncDispose]: () => {
        ended ??= pool.end()
        return ended
      },
    }
  } catch (error) {
    await pool.end()
    throw error
  }
}

import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type { Pool, PoolClient } from 'pg'
import type { DatabaseSync } from './embedded/synced-folder.ts'
import * as schema from './schema.ts'

/** What every query takes: the database, or a transaction of it. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema>

/** An open database with its tables in place. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database
  readonly kind: 'embedded' | 'server'
  /** What the pool of connections has at this moment. */
  connections(): ConnectionCounts
}

/** Connections to a database: all, those that nothing uses, and how many queries wait for one. */
export interface ConnectionCounts {
  readonly total: number
  readonly idle: number
  readonly waiting: number
}

/** What an opening may take longer for: somebody else may have the folder, or it was not closed. */
export type OpeningWait = 'folder' | 'recovery'

/** Where the data is: a folder of the embedded database, or the URL of a PostgreSQL server. */
export type DatabasePlace =
  | { readonly folder: string; readonly sync?: DatabaseSync }
  | { readonly url: string; readonly maxConnections?: number }

const MIGRATIONS = join(ownTree(import.meta.url).folder, 'db', 'migrations')
/** Any number, as long as it is always the same: the holder of this lock changes the tables. */
export const MIGRATION_LOCK = 7_317_253_114
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
  const { EmbeddedDatabase } = await import('./embedded/embedded-database.ts')
  const embedded = await EmbeddedDatabase.open(folder, sync, onWait)
  try {
    const { FairPool } = await import('./fair-pool.ts')
    const pool = new FairPool({ max: 1, idleTimeoutMillis: 0, stream: () => embedded.connect() })
    const db = await openPool(pool, () => pool.queued)
    return {
      db: db.db,
      kind: 'embedded',
      connections: db.connections,
      async [Symbol.asyncDispose]() {
        await db[Symbol.asyncDispose]()
        await embedded[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await embedded[Symbol.asyncDispose]()
    throw error
  }
}

async function openServer(url: string, maxConnections: number): Promise<OpenDatabase> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'agentchat-sandbox',
  })
  return { ...(await openPool(pool)), kind: 'server' }
}

/** @param queued how many wait before they ask the pool */
async function openPool(pool: Pool, queued = () => 0): Promise<Omit<OpenDatabase, 'kind'>> {
  const { drizzle } = await import('drizzle-orm/node-postgres')
  // A connection that breaks while nobody uses it: the pool makes a new one when one is needed.
  pool.on('error', () => {})
  // One that breaks between two queries of a transaction: the next one of these fails. Unheard, it would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}))
  let ended: Promise<void> | null = null
  const end = () => {
    ended ??= pool.end()
    return ended
  }
  try {
    const client = await pool.connect()
    try {
      await migrateTables(client)
    } finally {
      // Ending the connection gives the lock back, whatever state it is in.
      client.release(true)
    }
    const connections = () => {
      const { totalCount: total, idleCount: idle, waitingCount: waiting } = pool
      return { total, idle, waiting: waiting + queued() }
    }
    return { db: drizzle(pool, { schema }), connections, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}

async function migrateTables(client: PoolClient): Promise<void> {
  const [{ drizzle }, { migrate }] = await Promise.all([
    import('drizzle-orm/node-postgres'),
    import('drizzle-orm/node-postgres/migrator'),
  ])
  // Another service may be at it for longer, and so may an index on a large table.
  await client.query('set statement_timeout = 0')
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
}

import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** How many bytes of changes the database has written so far. */
export async function changedBytes(db: Database): Promise<number> {
  return Number(await answerOf(db, sql`select (pg_current_wal_insert_lsn() - '0/0')::text as value`))
}

/** The bytes of the files of the database. */
export async function databaseBytes(db: Database): Promise<number> {
  return Number(await answerOf(db, sql`select pg_database_size(current_database())::text as value`))
}

/**
 * The table with the most rows that were removed, or written, since it was last vacuumed, at least `least` of them; null
 * when there is none. What is stored beside rows, in pieces of 2 kB, is a table of its own.
 */
export async function tableToVacuum(db: Database, least: number): Promise<string | null> {
  return await answerOf(
    db,
    sql`select relid::regclass::text as value from pg_stat_all_tables
      where schemaname in ('public', 'pg_toast') and n_dead_tup + n_ins_since_vacuum >= ${least}
      order by n_dead_tup + n_ins_since_vacuum desc limit 1`,
  )
}

/**
 * Makes the room of removed rows free for others, and gives what is free at the end of the file back to the disk. It looks
 * at those pages that have changed since the last time.
 * @param name as `tableToVacuum` gives it
 */
export async function vacuumTable(db: Database, name: string): Promise<void> {
  await db.execute(sql.raw(`vacuum (process_toast false) ${name}`))
}

async function answerOf(db: Database, query: ReturnType<typeof sql>): Promise<string | null> {
  // Both drivers of ours give rows this way, which the type that they share does not say.
  const { rows } = (await db.execute(query)) as unknown as { readonly rows: { readonly value: string }[] }
  return rows[0]?.value ?? null
}

import { sql } from 'drizzle-orm'
import type { ServiceContext } from './context.ts'

/** Can requests be answered? Not while the database is away, nor once the service is shutting down. */
export async function isReady({ db, runs }: ServiceContext): Promise<boolean> {
  if (runs.closing) return false
  try {
    await db.execute(sql`select 1`)
    return true
  } catch {
    return false
  }
}

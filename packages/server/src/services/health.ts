import { sql } from 'drizzle-orm'
import type { ServiceContext } from './context.ts'

/** What of the service is not there: nothing can be recorded, or no code can run. Nothing of a service that ends is. */
export async function missingParts(context: ServiceContext): Promise<readonly ('database' | 'sandbox')[]> {
  if (context.runs.closing) return ['database', 'sandbox']
  const [database, sandbox] = await Promise.all([answers(context), context.workerHealth.check()])
  return [...(database ? [] : (['database'] as const)), ...(sandbox ? [] : (['sandbox'] as const))]
}

async function answers({ db }: ServiceContext): Promise<boolean> {
  try {
    await db.execute(sql`select 1`)
    return true
  } catch {
    return false
  }
}

import { and, asc, eq, gt, isNotNull, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { tools, toolVersions } from '../schema.ts'

/** So many are sealed anew in one transaction. */
const AT_ONCE = 200

type Reseal = (sealed: string, toolId: string) => string

/** Seals every secret of tools anew under another key, in small pieces; gives how many tools had one. */
export async function resealTools(db: Database, reseal: Reseal): Promise<number> {
  let changed = 0
  for (let after: string | null = ''; after !== null; ) {
    const done: { count: number; last: string | null } = await resealSome(db, { after, reseal })
    changed += done.count
    after = done.last
  }
  for (let after: Place | null = { toolId: '', version: 0 }; after !== null; )
    after = await resealVersions(db, { after, reseal })
  return changed
}

async function resealSome(
  db: Database,
  { after, reseal }: { readonly after: string; readonly reseal: Reseal },
) {
  return await db.transaction(async (tx) => {
    const { id, auth } = tools
    const some = await tx
      .select({ id, auth })
      .from(tools)
      .where(and(gt(id, after), isNotNull(auth)))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of some)
      if (row.auth !== null)
        await tx
          .update(tools)
          .set({ auth: reseal(row.auth, row.id) })
          .where(eq(id, row.id))
    return { count: some.length, last: some.length < AT_ONCE ? null : (some.at(-1)?.id ?? null) }
  })
}

interface Place {
  readonly toolId: string
  readonly version: number
}

async function resealVersions(
  db: Database,
  { after, reseal }: { readonly after: Place; readonly reseal: Reseal },
): Promise<Place | null> {
  return await db.transaction(async (tx) => {
    const { toolId, version, auth } = toolVersions
    const later = or(gt(toolId, after.toolId), and(eq(toolId, after.toolId), gt(version, after.version)))
    // Not their contents, which may be large.
    const some = await tx
      .select({ toolId, version, auth })
      .from(toolVersions)
      .where(and(later, isNotNull(auth)))
      .orderBy(asc(toolId), asc(version))
      .limit(AT_ONCE)
      .for('update')
    for (const row of some)
      if (row.auth !== null)
        await tx
          .update(toolVersions)
          .set({ auth: reseal(row.auth, row.toolId) })
          .where(and(eq(toolId, row.toolId), eq(version, row.version)))
    return some.length < AT_ONCE ? null : (some.at(-1) ?? null)
  })
}

import { and, count, desc, eq, getTableColumns, inArray, lt, lte, type SQL } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Database } from '../database.ts'
import { tools, toolVersions, users } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** A tool as stored. */
export type ToolRow = typeof tools.$inferSelect
/** One version of a tool as stored. */
export type ToolVersionRow = typeof toolVersions.$inferSelect
/** What an update may change. */
export type ToolContent = Omit<ToolRow, 'id' | 'ownerId' | 'system' | 'version' | 'createdAt' | 'updatedAt'>

/** A tool in a list: without its definition, which may be large, and without its secrets. */
export type ToolSummary = Omit<ToolRow, 'definition' | 'auth' | 'permissions' | 'redaction'>

const {
  definition: _definition,
  auth: _auth,
  permissions: _permissions,
  redaction: _redaction,
  ...summaryColumns
} = getTableColumns(tools)

/** Who owns the tools of the system. */
const OF_SYSTEM = ''

/** Which tools of a list are wanted: one of these, or all. */
export interface ToolFilter {
  /** Only those of this user. */
  readonly ownerId?: string
  /** Those of this user and those of the system. */
  readonly visibleTo?: string
  readonly system?: true
}

/** A version that is about to be written: by whom, and what it counts. */
export interface NewVersion {
  readonly by: string
  readonly recordBytes: number
}

/** Adds a tool with its first version, if its owner has fewer than `most`; null where there are so many. */
export async function insertTool(
  db: Database,
  row: Omit<ToolRow, 'createdAt' | 'updatedAt' | 'version'>,
  { most, ...made }: NewVersion & { readonly most: number },
): Promise<ToolRow | null> {
  return await db.transaction(async (tx) => {
    if (Number.isFinite(most)) {
      // Of two at once the second one counts the first.
      await tx.select({ id: users.id }).from(users).where(eq(users.id, row.ownerId)).for('update')
      const [counted] = await tx.select({ n: count() }).from(tools).where(eq(tools.ownerId, row.ownerId))
      if ((counted?.n ?? 0) >= most) return null
    }
    const [tool] = await tx
      .insert(tools)
      .values({ ...row, version: 1 })
      .returning()
    if (tool === undefined) throw new TypeError('Cannot insert the tool: no row came back')
    await insertVersion(tx, tool, made)
    return tool
  })
}

/**
 * Changes a tool that is still at `version`, and forgets all versions but the newest `keep`; null where it is not, or is
 * gone.
 */
export async function updateTool(
  db: Database,
  at: { readonly id: string; readonly version: number },
  { content, keep, ...made }: NewVersion & { readonly content: Partial<ToolContent>; readonly keep: number },
): Promise<ToolRow | null> {
  return await db.transaction(async (tx) => {
    const [tool] = await tx
      .update(tools)
      .set({ ...content, version: at.version + 1, updatedAt: new Date() })
      .where(and(eq(tools.id, at.id), eq(tools.version, at.version)))
      .returning()
    if (tool === undefined) return null
    await insertVersion(tx, tool, made)
    const old = and(eq(toolVersions.toolId, at.id), lte(toolVersions.version, tool.version - keep))
    await tx.delete(toolVersions).where(old)
    return tool
  })
}

async function insertVersion(db: Database, tool: ToolRow, { by, recordBytes }: NewVersion): Promise<void> {
  const { id, version, auth, ownerId: _, system: _s, createdAt: _c, updatedAt: _u, ...content } = tool
  await db.insert(toolVersions).values({ toolId: id, version, content, auth, createdBy: by, recordBytes })
}

/** One tool, or null. */
export async function findTool(db: Database, id: string): Promise<ToolRow | null> {
  const [row] = await db.select().from(tools).where(eq(tools.id, id))
  return row ?? null
}

/** The tools of one owner, or of the system where that is empty, that have these names. */
export async function findToolsNamed(
  db: Database,
  ownerId: string,
  names: readonly string[],
): Promise<ToolRow[]> {
  if (names.length === 0) return []
  const named = and(eq(tools.ownerId, ownerId), inArray(tools.name, [...names]))
  return await db.select().from(tools).where(named)
}

/** Tools, newest first. */
export async function listTools(
  db: Database,
  filter: ToolFilter,
  request: PageRequest,
): Promise<Page<ToolSummary>> {
  const { where, order, take } = pageOf(tools.id, request)
  const owners = new Set([
    ...(filter.ownerId === undefined ? [] : [filter.ownerId]),
    ...(filter.visibleTo === undefined ? [] : [filter.visibleTo, OF_SYSTEM]),
    ...(filter.system === undefined ? [] : [OF_SYSTEM]),
  ])
  const page = (whose?: SQL) =>
    db.select(summaryColumns).from(tools).where(and(whose, where)).orderBy(order).limit(take)
  const [first, second, ...others] = [...owners].map((ownerId) => page(eq(tools.ownerId, ownerId)))
  // A page of each owner, by the index: of several at once PostgreSQL may look at everybody's.
  const rows =
    first === undefined || second === undefined
      ? await (first ?? page())
      : await unionAll(first, second, ...others)
          .orderBy(order)
          .limit(take)
  return toPage(rows, request)
}

/** Deletes a tool that is still at `version`, with all its versions; false where it is not, or is gone. */
export async function deleteTool(db: Database, id: string, version: number): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ id: tools.id })
      .from(tools)
      .where(and(eq(tools.id, id), eq(tools.version, version)))
      .for('update')
    if (row === undefined) return false
    await tx.delete(toolVersions).where(eq(toolVersions.toolId, id))
    await tx.delete(tools).where(eq(tools.id, id))
    return true
  })
}

/** The versions of a tool, newest first, those before `before`. */
export async function listToolVersions(
  db: Database,
  toolId: string,
  request: { readonly limit: number; readonly before?: number | undefined },
): Promise<{ items: ToolVersionRow[]; next: number | null }> {
  const older = request.before === undefined ? undefined : lt(toolVersions.version, request.before)
  const rows = await db
    .select()
    .from(toolVersions)
    .where(and(eq(toolVersions.toolId, toolId), older))
    .orderBy(desc(toolVersions.version))
    .limit(request.limit + 1)
  const items = rows.slice(0, request.limit)
  return { items, next: rows.length > request.limit ? (items.at(-1)?.version ?? null) : null }
}

/** One version of a tool, or null. */
export async function findToolVersion(
  db: Database,
  toolId: string,
  version: number,
): Promise<ToolVersionRow | null> {
  const [row] = await db
    .select()
    .from(toolVersions)
    .where(and(eq(toolVersions.toolId, toolId), eq(toolVersions.version, version)))
  return row ?? null
}

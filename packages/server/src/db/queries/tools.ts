import { and, desc, eq, getTableColumns, isNull, lt, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { tools, toolVersions } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** A tool as stored. */
export type ToolRow = typeof tools.$inferSelect
/** One version of a tool as stored. */
export type ToolVersionRow = typeof toolVersions.$inferSelect
/** What an update may change. */
export type ToolContent = Omit<
  ToolRow,
  'id' | 'ownerId' | 'system' | 'version' | 'createdAt' | 'updatedAt' | 'deletedAt'
>

/** A tool in a list: without its definition, which may be large, and without its secrets. */
export type ToolSummary = Omit<ToolRow, 'definition' | 'auth' | 'deletedAt' | 'limits' | 'permissions'>

const {
  definition: _definition,
  auth: _auth,
  deletedAt: _deletedAt,
  limits: _limits,
  permissions: _permissions,
  ...summaryColumns
} = getTableColumns(tools)

/** Which tools of a list are wanted. */
export interface ToolFilter {
  /** Only those of this user. */
  readonly ownerId?: string
  /** Those of this user and those of the system. */
  readonly visibleTo?: string
  readonly system?: true
}

/** Adds a tool with its first version. */
export async function insertTool(
  db: Database,
  row: Omit<ToolRow, 'createdAt' | 'updatedAt' | 'deletedAt' | 'version'>,
  createdBy: string,
): Promise<ToolRow> {
  return await db.transaction(async (tx) => {
    const [tool] = await tx
      .insert(tools)
      .values({ ...row, version: 1 })
      .returning()
    if (tool === undefined) throw new TypeError('Cannot insert the tool: no row came back')
    await insertVersion(tx, tool, createdBy)
    return tool
  })
}

/** Changes a tool that is still at `version`; null where it is not, or is gone. */
export async function updateTool(
  db: Database,
  at: { readonly id: string; readonly version: number },
  change: { readonly content: Partial<ToolContent>; readonly by: string },
): Promise<ToolRow | null> {
  return await db.transaction(async (tx) => {
    const [tool] = await tx
      .update(tools)
      .set({ ...change.content, version: at.version + 1, updatedAt: new Date() })
      .where(and(eq(tools.id, at.id), eq(tools.version, at.version), isNull(tools.deletedAt)))
      .returning()
    if (tool === undefined) return null
    await insertVersion(tx, tool, change.by)
    return tool
  })
}

async function insertVersion(db: Database, tool: ToolRow, createdBy: string): Promise<void> {
  const {
    id,
    version,
    auth,
    ownerId: _,
    system: _s,
    createdAt: _c,
    updatedAt: _u,
    deletedAt: _d,
    ...content
  } = tool
  await db.insert(toolVersions).values({ toolId: id, version, content, auth, createdBy })
}

/** One tool that was not deleted, or null. */
export async function findTool(db: Database, id: string): Promise<ToolRow | null> {
  const [row] = await db
    .select()
    .from(tools)
    .where(and(eq(tools.id, id), isNull(tools.deletedAt)))
  return row ?? null
}

/** Tools, newest first. */
export async function listTools(
  db: Database,
  filter: ToolFilter,
  request: PageRequest,
): Promise<Page<ToolSummary>> {
  const { where, order, take } = pageOf(tools.id, request)
  const wanted = [
    filter.ownerId === undefined ? undefined : eq(tools.ownerId, filter.ownerId),
    filter.system === undefined ? undefined : eq(tools.system, true),
    filter.visibleTo === undefined
      ? undefined
      : or(eq(tools.ownerId, filter.visibleTo), eq(tools.system, true)),
  ]
  const rows = await db
    .select(summaryColumns)
    .from(tools)
    .where(and(isNull(tools.deletedAt), ...wanted, where))
    .orderBy(order)
    .limit(take)
  return toPage(rows, request)
}

/** Marks a tool that is still at `version` as deleted; its history stays. */
export async function deleteTool(db: Database, id: string, version: number): Promise<boolean> {
  const rows = await db
    .update(tools)
    .set({ deletedAt: new Date() })
    .where(and(eq(tools.id, id), eq(tools.version, version), isNull(tools.deletedAt)))
    .returning({ id: tools.id })
  return rows.length > 0
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

/** Every sealed secret, for sealing it anew under another key. */
export async function resealTools(
  db: Database,
  reseal: (sealed: string, toolId: string) => string,
): Promise<number> {
  return await db.transaction(async (tx) => {
    let changed = 0
    for (const { id, auth } of await tx
      .select({ id: tools.id, auth: tools.auth })
      .from(tools)
      .for('update')) {
      if (auth === null) continue
      await tx
        .update(tools)
        .set({ auth: reseal(auth, id) })
        .where(eq(tools.id, id))
      changed += 1
    }
    for (const { toolId, version, auth } of await tx.select().from(toolVersions)) {
      if (auth === null) continue
      await tx
        .update(toolVersions)
        .set({ auth: reseal(auth, toolId) })
        .where(and(eq(toolVersions.toolId, toolId), eq(toolVersions.version, version)))
    }
    return changed
  })
}

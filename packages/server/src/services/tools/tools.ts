import { databaseFailure, newId } from '../../db/index.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import {
  deleteTool,
  findTool,
  findToolVersion,
  insertTool,
  listTools,
  listToolVersions,
  type ToolContent,
  type ToolRow,
  type ToolSummary,
  type ToolVersionRow,
  updateTool,
} from '../../db/queries/tools.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  PreconditionFailedError,
  PreconditionRequiredError,
  QuotaExceededError,
} from '../errors.ts'
import { type Action, decide } from '../permission-check.ts'
import { changedContent, contentOf, type NewTool, type ToolChange } from './prepare-tool.ts'
import { authOf, sealAuth } from './tool-auth.ts'
import { type Tool, toolOf } from './tool-content.ts'
import { demandToolRoom, toolRoomOf } from './tool-room.ts'

/** Which tools of a list are wanted. */
export type ToolScope = 'mine' | 'system' | 'all'

/** The version that a change is based on; null when the caller did not say, `'*'` when it does not matter. */
export type ExpectedVersion = number | '*' | null

/** Checks and saves a new tool. With `system`, for administrators, it belongs to nobody and is there for all. */
export async function createTool(
  context: ServiceContext,
  actor: Actor,
  { signal, ...tool }: NewTool & { readonly signal?: AbortSignal | undefined },
): Promise<Tool> {
  const deed: Deed = { action: 'tool.create', resourceId: null, detail: { name: tool.name, kind: tool.kind } }
  return await audited(context, { who: actor, deed }, async () => {
    const { system = false } = tool
    demand(actor, 'create', { resource: 'tool', id: '', ownership: system ? 'system' : 'own' })
    const ownerId = system ? '' : actor.userId
    const room = await toolRoomOf(context, ownerId)
    const { auth, ...content } = await contentOf(context, tool, { actor, signal })
    const id = newId('tool')
    const row = { ...content, id, system, ownerId, auth: sealAuth(context, id, auth) }
    const bytes = bytesOf(row)
    const made = { by: actor.userId, recordBytes: bytes, most: room.tools }
    await demandToolRoom(context, room, bytes)
    const saved = await unique(tool.name, () => insertTool(context.db, row, made))
    if (saved !== null) return read(context, saved)
    const full = { quota: 'tools', of: 'user', limit: room.tools, retryAfterSeconds: null } as const
    throw new QuotaExceededError(full)
  })
}

/** What is stored of a version of a tool. */
function bytesOf(content: ToolContent): number {
  return Buffer.byteLength(JSON.stringify(content))
}

/** One tool that the actor may see. */
export async function readTool(context: ServiceContext, actor: Actor, id: string): Promise<Tool> {
  return read(context, await demandTool(context, actor, { id, action: 'read' }))
}

/** The tools that the actor may see: `all` is the own ones and those of the system, for administrators everybody's. */
export async function queryTools(
  context: ServiceContext,
  actor: Actor,
  { scope, page }: { readonly scope: ToolScope; readonly page: PageRequest },
): Promise<Page<ToolSummary>> {
  const decision = decide(actor, 'read', 'tool', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the tools: ${decision.reason}`)
  const all = seesAll(actor, 'tool') ? {} : { visibleTo: actor.userId }
  const filter =
    scope === 'mine' ? { ownerId: actor.userId } : scope === 'system' ? { system: true as const } : all
  const key = JSON.stringify([filter, page])
  return await context.cache.read('tools', key, () => listTools(context.db, filter, page))
}

/**
 * Changes a tool, which makes a new version of it.
 * @throws PreconditionRequiredError, PreconditionFailedError when it is not based on the last version
 */
export async function changeTool(
  context: ServiceContext,
  actor: Actor,
  {
    id,
    expected,
    change,
    signal,
  }: {
    readonly id: string
    readonly expected: ExpectedVersion
    readonly change: ToolChange
    readonly signal?: AbortSignal | undefined
  },
): Promise<Tool> {
  const endsRight = change.enabled === false && Object.keys(change).length === 1
  const detail = { fields: Object.keys(change) }
  const deed: Deed = { action: 'tool.update', resourceId: id, detail, endsRight }
  return await audited(context, { who: actor, deed }, async () => {
    const row = await demandTool(context, actor, { id, action: 'update' })
    demandVersion(row, expected)
    const current = toolOf(row, authOf(context, row))
    if (endsRight && !current.enabled) context.disk.demandRoom()
    const { auth, ...content } = await changedContent(context, {
      current,
      auth: authOf(context, row),
      change,
      saving: { actor, signal },
    })
    return await save(context, actor, { row, content: { ...content, auth: sealAuth(context, id, auth) } })
  })
}

/** Makes an earlier version of a tool the newest one. */
export async function rollBackTool(
  context: ServiceContext,
  actor: Actor,
  {
    id,
    expected,
    version,
  }: { readonly id: string; readonly expected: ExpectedVersion; readonly version: number },
): Promise<Tool> {
  const deed: Deed = { action: 'tool.roll-back', resourceId: id, detail: { version } }
  return await audited(context, { who: actor, deed }, async () => {
    const row = await demandTool(context, actor, { id, action: 'update' })
    demandVersion(row, expected)
    const earlier = await findToolVersion(context.db, id, version)
    if (earlier === null) throw new NotFoundError('version of the tool', String(version))
    return await save(context, actor, {
      row,
      content: { ...(earlier.content as ToolContent), auth: earlier.auth },
    })
  })
}

async function save(
  context: ServiceContext,
  actor: Actor,
  { row, content }: { readonly row: ToolRow; readonly content: ToolContent },
): Promise<Tool> {
  const at = { id: row.id, version: row.version }
  const room = await toolRoomOf(context, row.ownerId)
  const bytes = bytesOf(content)
  const change = { content, by: actor.userId, recordBytes: bytes, keep: room.versions }
  await demandToolRoom(context, room, bytes)
  const saved = await unique(content.name, () => updateTool(context.db, at, change))
  if (saved !== null) return read(context, saved)
  const now = await findTool(context.db, row.id)
  if (now === null) throw new NotFoundError('tool', row.id)
  throw new PreconditionFailedError(etagOf(now))
}

/** Deletes a tool for ever, with all its versions; what was executed of it stays. */
export async function removeTool(
  context: ServiceContext,
  actor: Actor,
  { id, expected }: { readonly id: string; readonly expected: ExpectedVersion },
): Promise<void> {
  await audited(context, { who: actor, deed: { action: 'tool.delete', resourceId: id } }, async () => {
    const row = await demandTool(context, actor, { id, action: 'delete' })
    if (expected !== null) demandVersion(row, expected)
    if (await deleteTool(context.db, id, row.version)) return
    const now = await findTool(context.db, id)
    if (now !== null) throw new PreconditionFailedError(etagOf(now))
  })
}

/** The versions of a tool, newest first. */
export async function queryToolVersions(
  context: ServiceContext,
  actor: Actor,
  {
    id,
    limit,
    before,
  }: { readonly id: string; readonly limit: number; readonly before?: number | undefined },
): Promise<{ items: ToolVersionRow[]; next: number | null }> {
  await demandTool(context, actor, { id, action: 'read' })
  return await listToolVersions(context.db, id, { limit, before })
}

/** One version of a tool, with its content. */
export async function readToolVersion(
  context: ServiceContext,
  actor: Actor,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<ToolVersionRow> {
  await demandTool(context, actor, { id, action: 'read' })
  const row = await findToolVersion(context.db, id, version)
  if (row === null) throw new NotFoundError('version of the tool', String(version))
  return row
}

/** The row of a tool with which the actor may do this. */
export async function demandTool(
  { db }: ServiceContext,
  actor: Actor,
  { id, action }: { readonly id: string; readonly action: Action },
): Promise<ToolRow> {
  const row = await findTool(db, id)
  if (row === null) throw new NotFoundError('tool', id)
  demand(actor, action, { resource: 'tool', id, ownership: ownershipOf(actor, row.ownerId, row.system) })
  return row
}

/** What stands in `ETag` and `If-Match`. */
export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`
}

function demandVersion(row: ToolRow, expected: ExpectedVersion): void {
  if (expected === null) throw new PreconditionRequiredError(etagOf(row))
  if (expected !== '*' && expected !== row.version) throw new PreconditionFailedError(etagOf(row))
}

function read(context: ServiceContext, row: ToolRow): Tool {
  return toolOf(row, authOf(context, row))
}

async function unique<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (databaseFailure(error) !== 'duplicate') throw error
    throw new ConflictError(`Cannot save the tool: there is one named "${name}" already`)
  }
}

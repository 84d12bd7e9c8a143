import { createHash } from 'node:crypto'
import { problemOfFileName, type SessionFile } from 'agentchat-sandbox'
import mime from 'mime'
import { type Actor, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { InvalidRequestError } from '../errors.ts'
import type { KeptFile } from '../executions/execution-files.ts'
import type { FilesOfSession } from '../executions/machines.ts'
import { heldBy, heldReading } from '../executions/readers.ts'
import type { Action } from '../permission-check.ts'
import { keptInDatabase } from './given-key.ts'
import { isNotKept } from './session-errors.ts'
import { inOurWords, leaseSession, noteUse } from './session-lease.ts'
import { demandSession, type SessionRow } from './sessions.ts'
import { spool } from './spool.ts'

export type { SessionFile } from 'agentchat-sandbox'

/** A file of a session. */
export interface FileOfSession {
  readonly id: string
  readonly path: string
}

const TYPE = 'application/octet-stream'

/** What lies in a folder of a session; the empty path is its working folder. */
export async function listSessionFiles(
  context: ServiceContext,
  actor: Actor,
  { id, path }: FileOfSession,
): Promise<readonly SessionFile[]> {
  return await reading(context, actor, { id, path, use: (files) => files.list(path) })
}

/** The contents of a file of a session, as they are now. */
export async function readSessionFile(
  context: ServiceContext,
  actor: Actor,
  { id, path }: FileOfSession,
): Promise<KeptFile> {
  const { root } = context.sessions.place
  // All at once: the session is not kept waiting for a slow reader, who keeps the place until the answer is over.
  const use = (files: FilesOfSession) => spool(files.stream(path), root)
  const row = await demandFile(context, actor, { id, path, action: 'read' })
  const reader = heldReading(context, actor, await context.quotas.enter(quotaHolders(context, actor), actor))
  try {
    const spooled = await leased(context, row, use)
    return {
      ...{ size: spooled.size, sha256: spooled.sha256, path, mime: mime.getType(path) ?? TYPE },
      read: (from, to) => heldBy(reader, spooled.read(from, to)),
      close() {
        spooled.close()
        reader[Symbol.dispose]()
      },
    }
  } catch (error) {
    reader[Symbol.dispose]()
    throw error
  }
}

/** Makes or replaces a file of a session; gives the SHA-256 of its contents. It is kept when this resolves. */
export async function writeSessionFile(
  context: ServiceContext,
  actor: Actor,
  { id, path, bytes }: FileOfSession & { readonly bytes: Uint8Array },
): Promise<string> {
  const sha256 = sha256Of(bytes)
  const deed: Deed = {
    action: 'session.write-file',
    resourceId: id,
    detail: { path, size: bytes.length, sha256 },
  }
  await audited(context, { who: actor, deed }, async () => {
    await changing(context, actor, { id, path, use: (files) => files.write(path, bytes) })
  })
  return sha256
}

/** Removes a file of a session, or a folder with all that is in it. */
export async function removeSessionFile(
  context: ServiceContext,
  actor: Actor,
  { id, path }: FileOfSession,
): Promise<void> {
  const deed: Deed = { action: 'session.delete-file', resourceId: id, detail: { path } }
  await audited(context, { who: actor, deed }, async () => {
    await changing(context, actor, { id, path, use: (files) => files.remove(path) })
  })
}

interface Use<Value> extends FileOfSession {
  use(files: FilesOfSession): Promise<Value>
}

async function reading<Value>(context: ServiceContext, actor: Actor, wanted: Use<Value>): Promise<Value> {
  return await withSession(context, actor, { ...wanted, action: 'read' })
}

async function changing(context: ServiceContext, actor: Actor, { use, ...wanted }: Use<void>): Promise<void> {
  const { id } = wanted
  const noted = async (files: FilesOfSession) => {
    try {
      await use(files)
    } catch (error) {
      // Half a change may have been saved, too.
      await noteUse(context, id, isNotKept(error) ? true : undefined)
      throw error
    }
    await noteUse(context, id)
  }
  await withSession(context, actor, { ...wanted, use: noted, action: 'update' })
}

async function withSession<Value>(
  context: ServiceContext,
  actor: Actor,
  { use, ...wanted }: Use<Value> & { readonly action: Action },
): Promise<Value> {
  const row = await demandFile(context, actor, wanted)
  await using _place = await context.quotas.enter(quotaHolders(context, actor), actor)
  return await leased(context, row, use)
}

/** The session of a file with which the actor may do this. */
async function demandFile(
  context: ServiceContext,
  actor: Actor,
  { id, path, action }: FileOfSession & { readonly action: Action },
): Promise<SessionRow> {
  const row = await demandSession(context, actor, { id, action })
  // Before the session is woken up for it.
  const problem = path === '' ? null : problemOfFileName(path)
  if (problem !== null) throw new InvalidRequestError([{ path: 'path', problem }])
  return row
}

async function leased<Value>(
  context: ServiceContext,
  row: SessionRow,
  use: (files: FilesOfSession) => Promise<Value>,
): Promise<Value> {
  using _begun = context.runs.begin()
  if (context.machines !== null) return await use(context.machines.filesOf(keptInDatabase(row)))
  using lease = await leaseSession(context, row)
  try {
    return await use(lease.session.files)
  } catch (error) {
    throw inOurWords(error)
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

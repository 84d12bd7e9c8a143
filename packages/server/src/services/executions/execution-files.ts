import type { Readable } from 'node:stream'
import { isUnfinished } from '../../db/queries/executions.ts'
import { executionsThatKeepFiles, executionsWithOldFiles, forgetFiles } from '../../db/queries/usage.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, FileNotKeptError, NotFoundError } from '../errors.ts'
import { readExecution } from './executions.ts'
import { heldBy, reading } from './readers.ts'
import type { RecordedResult } from './recorded-result.ts'
import { piecesOf, textsOf } from './result-texts.ts'

const HOUR_MS = 3_600_000
const AT_ONCE = 100

/** A file of an execution that can be read, as often as it is wanted. */
export interface KeptFile {
  readonly path: string
  readonly size: number
  readonly mime: string
  readonly sha256: string
  /** Bytes `from` to `to`, both included. */
  read(from: number, to: number): Readable
  /** Where it has to be told that it will not be read. */
  close?(): void
}

/**
 * A file that an execution made.
 * @throws NotFoundError when it made no such file
 * @throws FileNotKeptError
 */
export async function readExecutionFile(
  context: ServiceContext,
  actor: Actor,
  { id, path }: { readonly id: string; readonly path: string },
): Promise<KeptFile> {
  const row = await readExecution(context, actor, id)
  // It was written from a result of the library.
  const files = (row.result as RecordedResult | null)?.files ?? []
  const number = files.findIndex((file) => file.path === path)
  const file = files[number]
  if (file === undefined) throw new NotFoundError('file', path)
  const { size, mime, sha256 } = file
  if (file.change === 'deleted') throw new FileNotKeptError(path, 'the code deleted it')
  if (!file.kept || sha256 === null)
    throw new FileNotKeptError(path, 'it could not be kept: it was too large, or there was no room for it')
  const { fileStore, instance, policy } = context
  if (row.fileBytes === 0)
    throw new FileNotKeptError(path, `it was deleted, or is older than ${policy.keepFilesHours} hours`)
  if ((await fileStore.sizeOf(id, number)) !== size) {
    const where =
      row.instance === instance || context.machines !== null
        ? 'it is missing on the disk'
        : 'another service has it'
    throw new FileNotKeptError(path, where)
  }
  const place = await reading(context, actor)
  const read = (from: number, to: number) => heldBy(place, fileStore.read(id, number, { from, to }))
  return { path, size, mime, sha256, read, close: () => place[Symbol.dispose]() }
}

/** A whole result, as JSON. */
export interface WholeResult {
  pieces(): AsyncIterable<string | Uint8Array>
  /** To be called when it was read, or will not be. */
  close(): void
}

/**
 * The whole result of an execution, also one that its row has no room for.
 * @throws NotFoundError when it has no result
 * @throws FileNotKeptError
 */
export async function readWholeResult(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<WholeResult> {
  const row = await readExecution(context, actor, id)
  // It was written from a result of the library.
  const result = row.result as RecordedResult | null
  if (result === null) throw new NotFoundError('result', id)
  const { record } = result.truncated
  const { fileStore, policy } = context
  if (record === undefined) {
    const place = await reading(context, actor)
    return { pieces: () => allPieces(result), close: () => place[Symbol.dispose]() }
  }
  const name = 'the result'
  if (!record.kept) throw new FileNotKeptError(name, 'there was no room for it')
  if (row.fileBytes === 0)
    throw new FileNotKeptError(name, `it was deleted, or is older than ${policy.keepFilesHours} hours`)
  if ((await fileStore.sizeOf(id, 'result')) !== record.bytes)
    throw new FileNotKeptError(name, 'it is missing on the disk, or another service has it')
  const place = await reading(context, actor)
  const pieces = () => heldBy(place, fileStore.read(id, 'result', { from: 0, to: record.bytes - 1 }))
  return { pieces, close: () => place[Symbol.dispose]() }
}

async function* allPieces(result: RecordedResult): AsyncGenerator<string, void, void> {
  yield* piecesOf(await textsOf(result))
}

/** Deletes the contents of all files of an execution, which makes room for others; what they were stays recorded. */
export async function removeExecutionFiles(context: ServiceContext, actor: Actor, id: string): Promise<void> {
  const deed: Deed = { action: 'execution.delete-files', resourceId: id }
  await audited(context, { who: actor, deed }, async () => {
    const row = await readExecution(context, actor, id)
    demand(actor, 'delete', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
    if (isUnfinished(row)) throw new ConflictError(`Cannot delete the files of "${id}": it runs`)
    await forget(context, id)
  })
}

async function forget({ db, fileStore }: ServiceContext, id: string): Promise<void> {
  // First the note, then the files: broken off between them, they are left behind, and found by the next start.
  await forgetFiles(db, id)
  await fileStore.remove(id)
}

/** Deletes files that were kept long enough. Gives of how many executions. */
export async function forgetOldFiles(context: ServiceContext): Promise<number> {
  const { db, policy } = context
  const instance = context.machines === null ? context.instance : null
  const before = new Date(Date.now() - policy.keepFilesHours * HOUR_MS)
  for (let count = 0; ; ) {
    const old = await executionsWithOldFiles(db, { instance, before, limit: AT_ONCE })
    for (const id of old) await forget(context, id)
    count += old.length
    if (old.length < AT_ONCE) return count
  }
}

/**
 * Deletes what a service that was killed left behind: files that no execution knows of, and those half written. Gives of how
 * many executions.
 */
export async function removeOrphanedFiles({ db, fileStore }: ServiceContext): Promise<number> {
  const { kept, drafts } = await fileStore.list()
  const orphaned: string[] = []
  for (let start = 0; start < kept.length; start += AT_ONCE) {
    const some = kept.slice(start, start + AT_ONCE)
    const known = await executionsThatKeepFiles(db, some)
    for (const id of some) if (!known.has(id)) orphaned.push(id)
  }
  const written = await executionsThatKeepFiles(db, drafts)
  const half = drafts.filter((id) => !written.has(id))
  for (const id of orphaned) await fileStore.remove(id)
  for (const id of half) await fileStore.removeDraft(id)
  return orphaned.length + half.length
}

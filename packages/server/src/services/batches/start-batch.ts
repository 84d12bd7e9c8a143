import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { newId } from '../../db/index.ts'
import { type BatchRow, findBatch, recordBatch } from '../../db/queries/batches.ts'
import { claimIdempotencyKey } from '../../db/queries/executions.ts'
import { type Actor, demand, demandUnthrottled, quotaHolders } from '../actor.ts'
import { beginningOf, type OpenDeed } from '../audit/deed-record.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { IdempotencyMismatchError, NotFoundError } from '../errors.ts'
import type { QuotaHolder, Wanted } from '../executions/quota-terms.ts'
import { RUN } from '../executions/record-start.ts'
import {
  type BatchOptions,
  type BatchRequest,
  type GrantedProgram,
  grantedPrograms,
} from './batch-request.ts'
import { BatchRoom } from './batch-room.ts'
import { type LiveBatch, liveBatch } from './live-batch.ts'
import { runBatchToEnd } from './run-batch-to-end.ts'

/** A batch that was started: with its live run where it is one of this service and not long over. */
export interface StartedBatch {
  readonly row: BatchRow
  readonly run: LiveBatch | null
}

/**
 * Records a batch with its programs and starts it. It goes on by itself; its end is recorded whatever happens.
 * @throws InvalidRequestError, QuotaExceededError, IdempotencyMismatchError
 */
export async function startBatch(
  context: ServiceContext,
  actor: Actor,
  request: BatchRequest,
): Promise<StartedBatch> {
  demand(actor, 'create', { resource: 'batch', id: '', ownership: 'own' })
  demandUnthrottled(actor)
  using _begun = context.batches.begin()
  context.runs.demandOpen()
  context.disk.demandRoom()
  const programs = await grantedPrograms(context, request)
  const texts = await textsOf(programs)
  const holders = quotaHolders(context, actor)
  // Each program that runs at a time takes a place of the quota, as an execution does.
  const wanted = { ...RUN, places: request.concurrency, bytes: texts.bytes }
  await context.quotas.demandRoom(holders, wanted, true)
  const id = newId('bat')
  const recorded = await record(context, actor, { id, request, texts, holders, wanted })
  if ('batchId' in recorded) return await repeatedOf(context, recorded.batchId)
  const { row, deed } = recorded
  const run = liveBatch(id, actor.userId)
  const { userId, apiKeyId } = actor
  const right = context.rights.hold({ userId, apiKeyId, end: () => run.stop('cancelled') })
  const room = new BatchRoom(context, holders, recorded.room)
  const work = runBatchToEnd(context, {
    ...{ run, row, deed, programs, holders, room, concurrency: request.concurrency },
  })
  context.batches.add(
    run,
    work.finally(() => right[Symbol.dispose]()),
  )
  return { row, run }
}

/** What is recorded of the programs: each as JSON. */
interface ProgramTexts {
  readonly programs: readonly string[]
  readonly sha256: string
  readonly bytes: number
}

/** So many characters are written in one go, some milliseconds. */
const TURN_CHARS = 2 ** 18

async function textsOf(programs: readonly GrantedProgram[]): Promise<ProgramTexts> {
  const texts: string[] = []
  const hash = createHash('sha256')
  let bytes = 0
  let chars = 0
  for (const program of programs) {
    const text = JSON.stringify(program)
    hash.update(`${text}\n`)
    bytes += Buffer.byteLength(text)
    chars += text.length
    texts.push(text)
    if (chars < TURN_CHARS) continue
    chars = 0
    await setImmediate()
  }
  return { programs: texts, sha256: hash.digest('hex'), bytes }
}

interface Recording {
  readonly id: string
  readonly request: BatchRequest
  readonly texts: ProgramTexts
  readonly holders: readonly QuotaHolder[]
  readonly wanted: Wanted
}

type Recorded =
  | { readonly row: BatchRow; readonly deed: OpenDeed; readonly room: number }
  | { readonly batchId: string }

async function record(context: ServiceContext, actor: Actor, recording: Recording): Promise<Recorded> {
  const { id, request, texts, holders, wanted } = recording
  const { userId, apiKeyId } = actor
  const { limits, concurrency, idempotencyKey } = request
  const options: BatchOptions = { ...limits, concurrency }
  const detail = { programs: texts.programs.length, programsSha256: texts.sha256, concurrency }
  const deed: Deed = { action: 'batch.create', resourceId: id, detail }
  const { open, begin } = beginningOf(context, { who: actor, deed })
  const known = { id, userId, apiKeyId, instance: context.instance, options }
  const batch = { ...known, programs: texts.programs.length, places: concurrency, recordBytes: texts.bytes }
  return await context.db.transaction(async (tx) => {
    if (idempotencyKey !== undefined) {
      const requestHash = createHash('sha256')
        .update(JSON.stringify([texts.sha256, options]))
        .digest('hex')
      const claim = { userId, key: idempotencyKey, requestHash, executionId: id }
      const earlier = await claimIdempotencyKey(tx, claim)
      if (earlier !== null && earlier.requestHash !== requestHash)
        throw new IdempotencyMismatchError(idempotencyKey)
      if (earlier !== null) return { batchId: earlier.executionId }
    }
    const start = { ...begin, batch, programs: texts.programs }
    const admitted = await context.quotas.admit(tx, { holders, wanted }, (db, demand) =>
      recordBatch(db, { ...start, demand }),
    )
    const row: BatchRow = {
      ...{ ...batch, status: 'running', problem: null, done: 0, succeeded: 0, cpuMs: 0, finishedAt: null },
      createdAt: new Date(admitted.row.createdAt ?? Date.now()),
    }
    return { row, deed: open, room: admitted.room }
  })
}

async function repeatedOf(context: ServiceContext, id: string): Promise<StartedBatch> {
  const row = await findBatch(context.db, id)
  if (row === null) throw new NotFoundError('batch', id)
  return { row, run: context.batches.find(id) }
}

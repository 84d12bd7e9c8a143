import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchRow, type EndedProgram, endBatch } from '../../db/queries/batches.ts'
import { loggable } from '../../logger.ts'
import { judgedRunOf } from '../anomalies/judged-run.ts'
import { endOfDeed, type OpenDeed } from '../audit/deed-record.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError, OverloadedError } from '../errors.ts'
import { keepResult } from '../executions/keep-files.ts'
import type { QuotaHolder } from '../executions/quotas.ts'
import { patiently } from '../patiently.ts'
import { toServiceError } from '../to-service-error.ts'
import { batchItems, type ProgramItem } from './batch-items.ts'
import type { GrantedProgram } from './batch-request.ts'
import type { BatchRoom } from './batch-room.ts'
import type { LiveBatch } from './live-batch.ts'
import { ProgramRecorder } from './program-recorder.ts'

/** How long a batch waits when nobody may wait in line any more. */
const OVERLOADED_MS = 1000

/** A batch in progress, and what has to be closed with it. */
export interface BatchInProgress {
  readonly run: LiveBatch
  readonly row: BatchRow
  readonly deed: OpenDeed
  readonly programs: readonly GrantedProgram[]
  readonly concurrency: number
  readonly holders: readonly QuotaHolder[]
  readonly room: BatchRoom
}

/** Runs every program and records what became of it, then the end of the batch. Never rejects. */
export async function runBatchToEnd(context: ServiceContext, progress: BatchInProgress): Promise<void> {
  const { run } = progress
  const written = async () => {
    await spend(context, progress)
    run.push({ type: 'recorded' })
  }
  const recorder = new ProgramRecorder(context, run.id, written)
  let problem: string | null = null
  try {
    const queue = { next: 0 }
    const lanes = Array.from({ length: progress.concurrency }, () =>
      runLane(context, { progress, queue, recorder }),
    )
    await endTogether(lanes, run)
    await recorder.flush()
  } catch (error) {
    problem = problemOf(context, run, error)
    await recorder.flush().catch(() => {})
  }
  await finish(context, progress, problem)
}

/** The programs of a lane run one after the other, in a worker of its own. */
interface Lane {
  readonly progress: BatchInProgress
  /** Where the next program is taken. */
  readonly queue: { next: number }
  readonly recorder: ProgramRecorder
}

async function runLane(context: ServiceContext, { progress, queue, recorder }: Lane): Promise<void> {
  const { run, programs } = progress
  const indexes: number[] = []
  async function* source() {
    // A place is held while a program runs, and given up before the next one: others have their turn between them.
    while (queue.next < programs.length && !run.signal.aborted) {
      using place = context.machines === null ? await placeFor(context, run) : NOTHING
      const program = programs[queue.next]
      if (place === null || program === undefined) return
      indexes.push(queue.next)
      queue.next += 1
      yield program
    }
  }
  for await (const item of batchItems(context, source(), run.signal)) {
    const index = indexes[item.index]
    if (index === undefined || item.result?.error?.kind === 'cancelled') continue
    judge(context, progress, { ...item, index })
    await recorder.add(await endOf(context, progress, { ...item, index }))
  }
}

/** Machines have places of their own. */
const NOTHING: Disposable = { [Symbol.dispose]: () => {} }

/** Its receipt, its outcome and its code are looked at, as those of an execution. */
function judge(
  { anomalies }: ServiceContext,
  { run, row, programs }: BatchInProgress,
  { index, result }: ProgramItem,
): void {
  const code = programs[index]?.code
  if (result === null || code === undefined) return
  const of = { executionId: run.id, program: index, userId: row.userId, apiKeyId: row.apiKeyId, toolId: null }
  const codeSha256 = createHash('sha256').update(code).digest('hex')
  anomalies.note(judgedRunOf({ ...of, codeSha256, code }, result))
}

/** Waits for a place, also where so many wait that no more may: a batch has time. */
async function placeFor(
  { places }: ServiceContext,
  { userId, signal }: LiveBatch,
): Promise<Disposable | null> {
  for (;;) {
    try {
      return await places.take(userId, signal)
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error
      await sleep(OVERLOADED_MS, undefined, { signal }).catch(() => {})
    }
  }
}

async function endOf(
  context: ServiceContext,
  { run, room }: BatchInProgress,
  { index, result, error }: ProgramItem,
): Promise<EndedProgram> {
  if (result === null) {
    const failure = toServiceError(error)?.message ?? 'Cannot run it: an error of the service, in its log'
    const bytes = Buffer.byteLength(failure)
    room.use(bytes)
    return { index, status: 'failed', result: null, failure, cpuMs: 0, bytes }
  }
  const kept = await keepResult(context, { id: run.id, result, room })
  room.use(kept.recordBytes)
  const { status, usage } = result
  const of = { result: kept.record, bytes: kept.recordBytes, cpuMs: usage.cpuMs }
  return { index, status, failure: null, ...of }
}

/** Ends the batch where its programs have used up what there is. */
async function spend({ quotas }: ServiceContext, { run, holders, room }: BatchInProgress): Promise<void> {
  if (run.signal.aborted) return
  if ((await room.look()) === 0) throw new UsedUp('storage-bytes')
  for (const holder of holders) {
    const { cpuSecondsPerDay } = await quotas.usedBy(holder)
    if (cpuSecondsPerDay >= holder.limits.cpuSecondsPerDay) throw new UsedUp('cpu-seconds-per-day')
  }
}

/** A quota is used up in the middle of a batch. */
class UsedUp extends Error {
  constructor(quota: string) {
    super(`The quota "${quota}" is used up: the programs that are left were not run`)
  }
}

/** Waits for all lanes; the first failure ends the others. @throws that failure */
async function endTogether(lanes: readonly Promise<void>[], run: LiveBatch): Promise<void> {
  const failures: unknown[] = []
  const watched = lanes.map((lane) =>
    lane.catch((error: unknown) => {
      failures.push(error)
      run.stop('cancelled')
    }),
  )
  await Promise.all(watched)
  if (failures.length > 0) throw failures[0]
}

function problemOf({ logger }: ServiceContext, run: LiveBatch, error: unknown): string {
  if (error instanceof UsedUp) return error.message
  logger.warn({ batch: run.id, error: loggable(error) }, 'batch.failed')
  return (
    toServiceError(error)?.message ?? 'Cannot go on with it: an error of the service, which is in its log'
  )
}

async function finish(
  context: ServiceContext,
  { run, deed }: BatchInProgress,
  problem: string | null,
): Promise<void> {
  const status = problem === null ? (run.stopped ?? 'finished') : 'failed'
  const outcome = status === 'finished' ? 'success' : status === 'interrupted' ? 'interrupted' : 'error'
  try {
    const end = {
      status,
      problem: status === 'interrupted' ? 'The service ended while it ran' : problem,
    } as const
    const event = endOfDeed(deed, { outcome })
    const row = await patiently(
      context,
      () => endBatch(context.db, run.id, { end, event }),
      (error) => run.fail(error),
    )
    context.auditLog.nudge()
    context.logger.info({ batch: run.id, status }, 'batch.finished')
    if (row === null) run.fail(new NotFoundError('batch', run.id))
    else run.finish(row)
  } catch (error) {
    context.logger.error({ batch: run.id, error: loggable(error) }, 'batch.end-not-recorded')
    run.fail(error)
  }
}

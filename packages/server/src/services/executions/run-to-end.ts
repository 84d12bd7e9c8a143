import { setImmediate } from 'node:timers/promises'
import type { CodeExecutionResult, ExecutionEvent } from 'agentchat-sandbox'
import {
  type ExecutionEnd,
  type ExecutionRow,
  findExecution,
  forgetIdempotencyKey,
  isUnfinished,
  recordEnd,
} from '../../db/queries/executions.ts'
import { loggable } from '../../logger.ts'
import { ATTRIBUTE } from '../../tracing/span-names.ts'
import type { Span } from '../../tracing/tracer.ts'
import { judgedRunOf } from '../anomalies/judged-run.ts'
import type { AuditOutcome } from '../audit/audit-event.ts'
import { endOfDeed, type OpenDeed } from '../audit/deed-record.ts'
import { endedRun, type RunFacts } from '../audit/run-facts.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { noteEvent, noteRun } from '../metrics/note-run.ts'
import { patiently } from '../patiently.ts'
import { toServiceError } from '../to-service-error.ts'
import { keepResult, type RunRoom } from './keep-files.ts'
import type { LiveRun } from './live-run.ts'
import { HandedOverError, RunInterruptedError } from './machines.ts'
import { noteCall, notePhases } from './trace-run.ts'

/** A run in progress, and what has to be closed with it. */
interface RunInProgress {
  readonly run: LiveRun
  /** What was recorded at the start. */
  readonly row: ExecutionRow
  readonly events: AsyncIterable<ExecutionEvent>
  readonly room: RunRoom
  readonly deed: OpenDeed
  /** Is somebody to be told when it is over? */
  readonly hasWebhook: boolean
}

/** Passes the events of an execution on and records its end. Never rejects. */
export async function runToEnd(context: ServiceContext, progress: RunInProgress, span: Span): Promise<void> {
  const { run, row, events } = progress
  const begun = Date.now()
  using live = context.live.begin(row)
  let finished = false
  try {
    for await (const event of events) {
      if (event.type === 'usage') live.tell(event)
      noteEvent(context.metrics, event)
      if (event.type === 'tool-result') noteCall(context.tracer, event)
      if (event.type !== 'finished') run.push(event)
      else {
        live[Symbol.dispose]()
        finished = true
        const { status, error, usage } = event.result
        notePhases(context.tracer, begun, usage)
        span.set({ [ATTRIBUTE.executionStatus]: status })
        if (error !== null) span.fail(error.kind)
        // First the end is recorded and answered, then the worker is put away and the next one started, which takes
        // the processor for some milliseconds.
        await finish(context, progress, event.result)
        await setImmediate()
      }
    }
    if (!finished) await fail(context, progress, new Error('The stream of events had no end'))
  } catch (error) {
    if (finished)
      context.logger.error({ execution: run.id, error: loggable(error) }, 'execution.not-put-away')
    else if (error instanceof HandedOverError) run.fail(error)
    else {
      span.fail('failed')
      await fail(context, progress, error)
    }
  }
}

/** By an execution that never began. */
const NOTHING_TAKEN = { cpuMs: 0, denials: 0, wallMs: null } as const

async function finish(
  context: ServiceContext,
  { run, row, deed, room, hasWebhook }: RunInProgress,
  whole: CodeExecutionResult,
): Promise<void> {
  const kept = await keepResult(context, { id: run.id, result: whole, room })
  const { result, record, recordBytes, fileBytes } = kept
  const { cpuMs, wallMs, stdoutBytes, stderrBytes } = result.usage
  const status = result.error?.kind === 'cancelled' ? (run.stopped ?? 'cancelled') : result.status
  const end: ExecutionEnd = {
    ...{ status, record, recordBytes, failure: null, cpuMs, fileBytes },
    bytes: stdoutBytes + stderrBytes,
  }
  const facts = deed.run && endedRun(deed.run, result)
  noteRun(context.metrics, { status, isTool: row.toolId !== null }, result)
  try {
    const late = (error: unknown) => notRecorded(context, run, error)
    const finishedAt = await recordTried(context, { id: run.id, deed, facts, end, late })
    if (finishedAt === null) {
      // Where others may have recorded its end, the files are theirs.
      if (context.machines === null) await context.fileStore.remove(run.id)
      await endedElsewhere(context, run)
      return
    }
    const { userId, apiKeyId, toolId, code } = row
    const known = { executionId: run.id, userId, apiKeyId, toolId, code }
    context.anomalies.note(judgedRunOf({ ...known, codeSha256: deed.run?.codeSha256 ?? '' }, result))
    run.push({ type: 'finished', result }, recordBytes + fileBytes)
    const { record: _, ...rest } = end
    run.finish({ ...row, ...rest, recordBytes: row.recordBytes + recordBytes, result, finishedAt })
    const denials = result.permissions.denied.reduce((sum, { count }) => sum + count, 0)
    context.runSums.note({ userId, toolId, status, cpuMs, denials, wallMs })
    if (hasWebhook) context.webhooks.nudge()
  } catch (error) {
    notRecorded(context, run, error)
  }
}

/** Its end was recorded otherwise, or will be; or it was deleted. */
async function endedElsewhere({ db, machines }: ServiceContext, run: LiveRun): Promise<void> {
  const row = machines === null ? null : await findExecution(db, run.id)
  if (row === null) run.fail(new NotFoundError('execution', run.id))
  else if (isUnfinished(row)) run.fail(new HandedOverError())
  else run.finish(row)
}

/** It could not be run: the caller that waits is told why. */
async function fail(
  context: ServiceContext,
  { run, row, deed, hasWebhook }: RunInProgress,
  thrown: unknown,
): Promise<void> {
  context.logger.warn({ execution: run.id, error: loggable(thrown) }, 'execution.failed')
  const isInterrupted = thrown instanceof RunInterruptedError
  const outcome = run.stopped ?? (isInterrupted ? 'interrupted' : 'failed')
  context.metrics.add('executions_total', { outcome, kind: 'none' })
  // In our words: those of the library name folders of the host.
  const failure =
    toServiceError(thrown)?.message ?? 'Cannot run it: an error of the service, which is in its log'
  const recordBytes = Buffer.byteLength(failure)
  const end: ExecutionEnd = {
    ...{ status: outcome, failure, record: null, recordBytes },
    ...{ cpuMs: 0, bytes: 0, fileBytes: 0 },
  }
  try {
    const finishedAt = await recordTried(context, { id: run.id, deed, end, late: () => run.fail(thrown) })
    const { userId, toolId } = row
    if (finishedAt !== null) context.runSums.note({ userId, toolId, status: outcome, ...NOTHING_TAKEN })
    if (isInterrupted) await endedElsewhere(context, run)
    else run.fail(thrown)
    if (hasWebhook) context.webhooks.nudge()
  } catch (error) {
    notRecorded(context, run, error)
  }
}

function notRecorded({ logger }: ServiceContext, run: LiveRun, error: unknown): void {
  logger.error({ execution: run.id, error: loggable(error) }, 'execution.end-not-recorded')
  run.fail(error)
}

interface EndToRecord {
  readonly id: string
  readonly deed: OpenDeed
  /** What came of it, where it ran. */
  readonly facts?: RunFacts | undefined
  readonly end: ExecutionEnd
  /** It takes long. */
  late(error: unknown): void
}

/**
 * Writes the end of the execution and the end of its deed, both or neither. Gives the moment, or null when
 * it was deleted meanwhile.
 */
async function recordTried(
  context: ServiceContext,
  { id, deed, facts, end, late }: EndToRecord,
): Promise<Date | null> {
  const event = endOfDeed(deed, { outcome: outcomeOf(end.status), run: facts })
  const write = async () => {
    const finishedAt = await recordEnd(context.db, { id, instance: context.instance }, { end, event })
    if (end.status === 'failed') await forgetIdempotencyKey(context.db, id)
    return finishedAt
  }
  const finishedAt = await patiently(context, write, late)
  context.auditLog.nudge()
  const told = { execution: id, status: end.status, cpuMs: Math.round(end.cpuMs) }
  context.logger.info(told, 'execution.finished')
  return finishedAt
}

function outcomeOf(status: ExecutionEnd['status']): AuditOutcome {
  if (status === 'success' || status === 'interrupted') return status
  return 'error'
}

import { setImmediate } from 'node:timers/promises'
import type { CodeExecutionResult, ExecutionEvent } from 'agentchat-sandbox'
import type { closeAudit } from '../../db/queries/audit.ts'
import {
  type ExecutionEnd,
  type ExecutionRow,
  forgetIdempotencyKey,
  recordEnd,
} from '../../db/queries/executions.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { patiently } from '../patiently.ts'
import { toServiceError } from '../to-service-error.ts'
import { keepResult } from './keep-files.ts'
import type { LiveRun } from './live-run.ts'
import type { Admission } from './quotas.ts'

/** A run in progress, and what has to be closed with it. */
interface RunInProgress {
  readonly run: LiveRun
  /** What was recorded at the start. */
  readonly row: ExecutionRow
  readonly events: AsyncIterable<ExecutionEvent>
  readonly admission: Admission
  readonly auditId: string
  /** Is somebody to be told when it is over? */
  readonly hasWebhook: boolean
}

/** Passes the events of an execution on and records its end. Never rejects. */
export async function runToEnd(context: ServiceContext, progress: RunInProgress): Promise<void> {
  const { run, events } = progress
  let finished = false
  try {
    for await (const event of events) {
      if (event.type !== 'finished') run.push(event)
      else {
        finished = true
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
    else await fail(context, progress, error)
  }
}

async function finish(
  context: ServiceContext,
  { run, row, auditId, admission, hasWebhook }: RunInProgress,
  whole: CodeExecutionResult,
): Promise<void> {
  const kept = await keepResult(context, { id: run.id, result: whole, admission })
  const { result, record, recordBytes, fileBytes } = kept
  const { cpuMs, stdoutBytes, stderrBytes } = result.usage
  const status = result.error?.kind === 'cancelled' ? (run.stopped ?? 'cancelled') : result.status
  const end: ExecutionEnd = {
    ...{ status, record, recordBytes, failure: null, cpuMs, fileBytes },
    bytes: stdoutBytes + stderrBytes,
  }
  try {
    const late = (error: unknown) => {
      admission.end(cpuMs)
      notRecorded(context, run, error)
    }
    const finishedAt = await recordTried(context, { id: run.id, auditId, end, late })
    admission.end(cpuMs)
    if (finishedAt === null) {
      await context.fileStore.remove(run.id)
      admission.release(row.recordBytes + recordBytes + fileBytes)
      run.fail(new NotFoundError('execution', run.id))
      return
    }
    run.push({ type: 'finished', result }, recordBytes + fileBytes)
    const { record: _, ...rest } = end
    run.finish({ ...row, ...rest, recordBytes: row.recordBytes + recordBytes, result, finishedAt })
    if (hasWebhook) context.webhooks.nudge()
  } catch (error) {
    admission.end(cpuMs)
    notRecorded(context, run, error)
  }
}

/** It could not be run: the caller that waits is told why. */
async function fail(
  context: ServiceContext,
  { run, auditId, admission, hasWebhook }: RunInProgress,
  thrown: unknown,
): Promise<void> {
  context.logger.warn({ execution: run.id, error: loggable(thrown) }, 'execution.failed')
  // In our words: those of the library name folders of the host.
  const failure =
    toServiceError(thrown)?.message ?? 'Cannot run it: an error of the service, which is in its log'
  const recordBytes = Buffer.byteLength(failure)
  admission.count(recordBytes)
  const end: ExecutionEnd = {
    ...{ status: run.stopped ?? 'failed', failure, record: null, recordBytes },
    ...{ cpuMs: 0, bytes: 0, fileBytes: 0 },
  }
  try {
    await recordTried(context, { id: run.id, auditId, end, late: () => run.fail(thrown) })
    run.fail(thrown)
    if (hasWebhook) context.webhooks.nudge()
  } catch (error) {
    notRecorded(context, run, error)
  } finally {
    admission.end(0)
  }
}

function notRecorded({ logger }: ServiceContext, run: LiveRun, error: unknown): void {
  logger.error({ execution: run.id, error: loggable(error) }, 'execution.end-not-recorded')
  run.fail(error)
}

interface EndToRecord {
  readonly id: string
  readonly auditId: string
  readonly end: ExecutionEnd
  /** It takes long. */
  late(error: unknown): void
}

/**
 * Writes the end of the execution and the second half of its audit entry, both or neither. Gives the moment, or null when
 * it was deleted meanwhile.
 */
async function recordTried(
  context: ServiceContext,
  { id, auditId, end, late }: EndToRecord,
): Promise<Date | null> {
  const outcome = outcomeOf(end.status)
  const write = async () => {
    const finishedAt = await recordEnd(context.db, id, { end, auditId, outcome })
    if (end.status === 'failed') await forgetIdempotencyKey(context.db, id)
    return finishedAt
  }
  const finishedAt = await patiently(context, write, late)
  const facts = { execution: id, status: end.status, cpuMs: Math.round(end.cpuMs) }
  context.logger.info(facts, 'execution.finished')
  return finishedAt
}

function outcomeOf(status: ExecutionEnd['status']): Parameters<typeof closeAudit>[2]['outcome'] {
  if (status === 'success' || status === 'interrupted') return status
  return 'error'
}

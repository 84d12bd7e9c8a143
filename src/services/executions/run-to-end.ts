import { setTimeout as sleep } from 'node:timers/promises'
import { closeAudit } from '../../db/queries/audit.ts'
import {
  type ExecutionEnd,
  type ExecutionRow,
  endExecution,
  forgetIdempotencyKey,
} from '../../db/queries/executions.ts'
import type { CodeExecutionResult, ExecutionEvent } from '../../sandbox/index.ts'
import type { ServiceContext } from '../context.ts'
import type { LiveRun, StopReason } from './live-run.ts'

/** How often the end of a run is tried to be recorded, with growing pauses: about a minute altogether. */
const TRIES = 12
const MAX_PAUSE_MS = 10_000

/** Passes the events of an execution on and records its end. Never rejects; gives the CPU time. */
export async function runToEnd(
  context: ServiceContext,
  {
    run,
    events,
    auditId,
  }: { readonly run: LiveRun; readonly events: AsyncIterable<ExecutionEvent>; readonly auditId: string },
): Promise<number> {
  let finished: (ExecutionEvent & { type: 'finished' }) | null = null
  let thrown: unknown = null
  try {
    for await (const event of events) {
      if (event.type === 'finished') finished = event
      else run.push(event)
    }
  } catch (error) {
    thrown = error
  }
  const end = finished === null ? failedEnd(thrown, run.stopped) : endOf(finished.result, run.stopped)
  try {
    const row = await recordEnd(context, { id: run.id, auditId, end })
    context.logger.info(
      { execution: run.id, status: end.status, cpuMs: Math.round(end.cpuMs) },
      'execution.finished',
    )
    if (finished !== null) run.push(finished)
    if (thrown === null) run.finish(row)
    else run.fail(thrown)
  } catch (error) {
    context.logger.error({ execution: run.id, error: String(error) }, 'execution.end-not-recorded')
    run.fail(error)
  }
  return end.cpuMs
}

/** Writes the end of the execution and the second half of its audit entry, both or neither. */
async function recordEnd(
  { db, runs }: ServiceContext,
  { id, auditId, end }: { readonly id: string; readonly auditId: string; readonly end: ExecutionEnd },
): Promise<ExecutionRow> {
  const outcome =
    end.status === 'success' ? 'success' : end.status === 'interrupted' ? 'interrupted' : 'error'
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(async (tx) => {
        const row = await endExecution(tx, id, end)
        if (row === null) throw new TypeError(`Cannot record the end of "${id}": it is not running`)
        if (end.status === 'failed') await forgetIdempotencyKey(tx, id)
        await closeAudit(tx, auditId, { outcome })
        return row
      })
    } catch (error) {
      if (attempt === TRIES || runs.closing || error instanceof TypeError) throw error
      await sleep(Math.min(100 * 2 ** attempt, MAX_PAUSE_MS))
    }
  }
}

function endOf(result: CodeExecutionResult, stopped: StopReason | null): ExecutionEnd {
  const { cpuMs, stdoutBytes, stderrBytes } = result.usage
  const ended = result.error?.kind === 'cancelled' ? (stopped ?? 'cancelled') : result.status
  return { status: ended, result, failure: null, cpuMs, bytes: stdoutBytes + stderrBytes }
}

function failedEnd(error: unknown, stopped: StopReason | null): ExecutionEnd {
  const failure = error instanceof Error ? error.message : 'The stream of events had no end'
  return { status: stopped ?? 'failed', result: null, failure, cpuMs: 0, bytes: 0 }
}

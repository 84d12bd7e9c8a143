import type { ExecutionEvent } from 'agentchat-sandbox'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import type { AuditEvent } from '../../services/audit/audit-event.ts'
import type { ServiceContext } from '../../services/context.ts'
import { LiveRun } from '../../services/executions/live-run.ts'
import { EVENTS_AS_NUMBERED } from '../../services/executions/run-events.ts'
import { runRoom } from '../../services/executions/run-room.ts'
import { runToEnd } from '../../services/executions/run-to-end.ts'
import { executionSpan } from '../../services/executions/trace-run.ts'
import { holdersOf } from '../../services/sessions/session-lease.ts'

/** An execution of a service that is lost, which goes on on its machine. */
export interface Orphan {
  readonly row: ExecutionRow
  /** The beginning of its deed. */
  readonly begin: AuditEvent
  events(signal: AbortSignal): AsyncIterable<ExecutionEvent>
}

/** Reads an execution of a service that is lost from its beginning on, and records its end, as if it had been started here. */
export function adopt(context: ServiceContext, { row, begin, events }: Orphan): void {
  const { id, userId, apiKeyId } = row
  context.logger.info({ execution: id, machine: row.machine }, 'execution.adopted')
  const run = new LiveRun(id, userId, EVENTS_AS_NUMBERED)
  // Its caller is gone; the result is there to be read.
  run.detach()
  // What it is a step of has ended with its service, which alone could answer its calls.
  if (begin.detail.agentRunId !== undefined) run.stop('interrupted')
  const right = context.rights.hold({ userId, apiKeyId, end: () => run.stop('cancelled') })
  const progress = { run, row, events: events(run.signal), deed: begin, hasWebhook: true }
  // Another service let it in: what was free then is not known here.
  const room = runRoom(context, {
    id,
    known: 0,
    holders: async () => (await holdersOf(context, row)).holders,
  })
  const work = context.tracer.within(executionSpan(id), (span) =>
    runToEnd(context, { ...progress, room }, span),
  )
  context.runs.add(
    run,
    work.finally(() => right[Symbol.dispose]()),
  )
}

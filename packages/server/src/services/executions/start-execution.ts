import { newId } from '../../db/index.ts'
import { type ExecutionRow, findExecution } from '../../db/queries/executions.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import type { SessionLease } from '../sessions/open-sessions.ts'
import { leasedExecutor, leaseSession } from '../sessions/session-lease.ts'
import { withinSession } from '../sessions/session-limits.ts'
import { LiveRun } from './live-run.ts'
import { record } from './record-start.ts'
import { cappedOptions, fileFacts, type RunRequest } from './run-request.ts'
import { runToEnd } from './run-to-end.ts'

/** An execution that was started: with its live run where it is one of this service and not long over. */
export interface Started {
  readonly row: ExecutionRow
  readonly run: LiveRun | null
  /** Was it started by an earlier request with the same idempotency key? */
  readonly repeated: boolean
}

/**
 * Records an execution and starts it. It goes on by itself; its end is recorded whatever happens.
 * @throws QuotaExceededError
 * @throws IdempotencyMismatchError
 */
export async function startExecution(
  context: ServiceContext,
  actor: Actor,
  request: RunRequest,
): Promise<Started> {
  const { files, session, tool } = request
  if (tool === undefined) demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
  context.runs.demandOpen()
  context.disk.demandRoom()
  const options =
    session === undefined
      ? cappedOptions(context, request.options)
      : withinSession(context, request.options, session)
  const recordedOptions = files === undefined ? options : { ...options, files: fileFacts(files) }
  const id = newId('exe')
  const admission = await context.quotas.admit(quotaHolders(context, actor))
  // Before it is recorded: that it cannot be opened is told at once.
  const lease = await leaseOf(context, session).catch((error: unknown) => {
    admission.end(0)
    throw error
  })
  try {
    const recorded = await record(context, actor, { id, request, options: recordedOptions })
    if ('executionId' in recorded) {
      admission.end(0)
      lease?.[Symbol.dispose]()
      return await repeatedOf(context, recorded.executionId)
    }
    const run = new LiveRun(id, actor.userId)
    const executor =
      lease === null
        ? context.sandboxes.for(tool?.permissions ?? { allowNet: [] })
        : leasedExecutor(context, lease)
    const inputs = files === undefined ? {} : { files }
    const events = executor.stream(request.code, { ...options, ...inputs, signal: run.signal })
    const { auditId } = recorded
    const hasWebhook = request.webhook !== undefined
    context.runs.add(run, runToEnd(context, { run, events, admission, auditId, hasWebhook }))
    return { row: recorded.row, run, repeated: false }
  } catch (error) {
    admission.end(0)
    lease?.[Symbol.dispose]()
    throw error
  }
}

async function leaseOf(
  context: ServiceContext,
  session: SessionRow | undefined,
): Promise<SessionLease | null> {
  return session === undefined ? null : await leaseSession(context, session)
}

async function repeatedOf(context: ServiceContext, id: string): Promise<Started> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  return { row, run: context.runs.find(id), repeated: true }
}

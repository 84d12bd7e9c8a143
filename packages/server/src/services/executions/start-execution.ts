import { setImmediate } from 'node:timers/promises'
import type { PythonExecutor } from 'agentchat-sandbox'
import { newId } from '../../db/index.ts'
import { type ExecutionRow, findExecution } from '../../db/queries/executions.ts'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import type { SessionLease } from '../sessions/open-sessions.ts'
import { leasedExecutor, leaseSession } from '../sessions/session-lease.ts'
import { withinSession } from '../sessions/session-limits.ts'
import { fairExecutor } from './fair-executor.ts'
import { LiveRun } from './live-run.ts'
import { record, recordedTexts } from './record-start.ts'
import { RUN_EVENTS } from './run-events.ts'
import { cappedOptions, type RunRequest } from './run-request.ts'
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
  const { files, session, tool, permissions = { allowNet: [] } } = request
  if (tool === undefined) demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
  using _begun = context.runs.begin()
  context.disk.demandRoom()
  const options =
    session === undefined
      ? cappedOptions(context, request.options)
      : withinSession(context, request.options, session)
  const id = newId('exe')
  const texts = recordedTexts(request, options)
  if (texts.isLarge) await setImmediate()
  const admission = await context.quotas.admit(quotaHolders(context, actor), texts.bytes)
  const notStarted = () => {
    admission.release(texts.bytes)
    admission.end(0)
  }
  // Before it is recorded: that it cannot be opened is told at once.
  const lease = await leaseOf(context, request).catch((error: unknown) => {
    notStarted()
    throw error
  })
  try {
    const recorded = await record(context, actor, { id, request, texts })
    if (texts.isLarge) await setImmediate()
    if ('executionId' in recorded) {
      notStarted()
      lease?.[Symbol.dispose]()
      return await repeatedOf(context, recorded.executionId)
    }
    const run = new LiveRun(id, actor.userId, RUN_EVENTS)
    run.endWith(request.signal)
    const executor = request.runner ?? executorFor(context, actor, { lease, permissions })
    const inputs = files === undefined ? {} : { files }
    const events = executor.stream(request.code, { ...options, ...inputs, signal: run.signal })
    const { auditId, row } = recorded
    const hasWebhook = request.webhook !== undefined
    const { userId, apiKeyId } = actor
    const right = context.rights.hold({ userId, apiKeyId, end: () => run.stop('cancelled') })
    const work = runToEnd(context, { run, row, events, admission, auditId, hasWebhook })
    context.runs.add(
      run,
      work.finally(() => right[Symbol.dispose]()),
    )
    return { row, run, repeated: false }
  } catch (error) {
    notStarted()
    lease?.[Symbol.dispose]()
    throw error
  }
}

async function leaseOf(
  context: ServiceContext,
  { session, runner }: RunRequest,
): Promise<SessionLease | null> {
  return session === undefined || runner !== undefined ? null : await leaseSession(context, session)
}

/** What runs code and holds live sessions for somebody: the session that is leased, or the sandbox for what is granted. */
export function executorFor(
  context: ServiceContext,
  actor: Actor,
  { lease, permissions }: { readonly lease: SessionLease | null; readonly permissions: ToolPermissions },
): PythonExecutor {
  if (lease !== null) return leasedExecutor(context, lease)
  const { userId } = actor
  return fairExecutor((isOnly) => context.sandboxes.for(permissions, isOnly), {
    ...{ places: context.places, userId },
    takeSession: (rest) => context.sessions.open.place(userId, quotaHolders(context, actor), rest),
  })
}

async function repeatedOf(context: ServiceContext, id: string): Promise<Started> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  return { row, run: context.runs.find(id), repeated: true }
}

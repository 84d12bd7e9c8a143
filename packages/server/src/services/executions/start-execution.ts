import { setImmediate } from 'node:timers/promises'
import type { ExecutionEvent, PythonExecutor, PythonRunner } from 'agentchat-sandbox'
import { newId } from '../../db/index.ts'
import { type ExecutionRow, findExecution } from '../../db/queries/executions.ts'
import { type Actor, demand, demandUnthrottled, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import { keptInDatabase } from '../sessions/given-key.ts'
import type { SessionLease } from '../sessions/open-sessions.ts'
import { leasedExecutor, leaseSession } from '../sessions/session-lease.ts'
import { withinSession } from '../sessions/session-limits.ts'
import { fairExecutor } from './fair-executor.ts'
import { LiveRun } from './live-run.ts'
import { RUN, record, recordedTexts } from './record-start.ts'
import { EVENTS_AS_NUMBERED, RUN_EVENTS } from './run-events.ts'
import { protectionOf } from './run-protection.ts'
import { cappedOptions, type RunRequest } from './run-request.ts'
import { runRoom } from './run-room.ts'
import { runToEnd } from './run-to-end.ts'
import { executionSpan } from './trace-run.ts'

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
  demandUnthrottled(actor)
  using _begun = context.runs.begin()
  context.disk.demandRoom()
  const options =
    session === undefined
      ? cappedOptions(context, request.options)
      : withinSession(context, request.options, session)
  const protection = await protectionOf(context, request)
  const id = newId('exe')
  const texts = recordedTexts(request, options)
  if (texts.isLarge) await setImmediate()
  const holders = quotaHolders(context, actor)
  // A session is woken up only for what may run then.
  await context.quotas.demandRoom(holders, { ...RUN, bytes: texts.bytes }, session !== undefined)
  // Before it is recorded: that it cannot be opened is told at once.
  const lease = await leaseOf(context, request)
  try {
    const { timeoutSeconds, memoryLimitMb, cpuSeconds } = options
    const limits = { timeoutSeconds, memoryLimitMb, cpuSeconds }
    const recorded = await record(context, actor, { id, request, texts, limits, holders })
    if (texts.isLarge) await setImmediate()
    if ('executionId' in recorded) {
      lease?.[Symbol.dispose]()
      return await repeatedOf(context, recorded.executionId)
    }
    const { status } = recorded.row
    const run = new LiveRun(id, actor.userId, status === 'queued' ? EVENTS_AS_NUMBERED : RUN_EVENTS)
    run.endWith(request.signal)
    const inputs = {
      ...protection,
      ...(files === undefined ? {} : { files }),
      ...(request.interactive ? { stdin: () => run.input.next(run.signal) } : {}),
    }
    // It is recorded: what fails from here on is its end.
    const events = begun(lease, () => {
      const means = { id, lease, permissions, session }
      const runner = request.runner?.(id) ?? runnerFor(context, actor, means)
      return runner.stream(request.code, { ...options, ...inputs, signal: run.signal })
    })
    const { deed, row } = recorded
    const room = runRoom(context, { id, holders: async () => holders, known: recorded.room })
    const hasWebhook = request.webhook !== undefined
    const { userId, apiKeyId } = actor
    const right = context.rights.hold({ userId, apiKeyId, end: () => run.stop('cancelled') })
    const progress = { run, row, events, room, deed, hasWebhook }
    const work = context.tracer.within(executionSpan(id, tool), (span) => runToEnd(context, progress, span))
    context.runs.add(
      run,
      work.finally(() => right[Symbol.dispose]()),
    )
    return { row, run, repeated: false }
  } catch (error) {
    lease?.[Symbol.dispose]()
    throw error
  }
}

async function leaseOf(
  context: ServiceContext,
  { session, runner }: RunRequest,
): Promise<SessionLease | null> {
  if (session === undefined || runner !== undefined) return null
  if (context.machines === null) return await leaseSession(context, session)
  // A machine opens it, when it is its turn.
  keptInDatabase(session)
  return null
}

/** The events of what `begin` starts when they are read; a lease whose stream cannot be made is given back. */
async function* begun(
  lease: SessionLease | null,
  begin: () => AsyncIterable<ExecutionEvent>,
): AsyncGenerator<ExecutionEvent, void, void> {
  let events: AsyncIterable<ExecutionEvent>
  try {
    events = begin()
  } catch (error) {
    lease?.[Symbol.dispose]()
    throw error
  }
  yield* events
}

/** What runs one execution: a machine, where there are some. */
function runnerFor(
  context: ServiceContext,
  actor: Actor,
  {
    id,
    session,
    ...means
  }: Parameters<typeof executorFor>[2] & Pick<RunRequest, 'session'> & { readonly id: string },
): PythonRunner {
  return context.machines?.runner(id, session ?? means.permissions) ?? executorFor(context, actor, means)
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

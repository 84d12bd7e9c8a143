import { newId } from '../../db/index.ts'
import { type ExecutionRow, findExecution } from '../../db/queries/executions.ts'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
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
  if (request.tool === undefined) demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
  context.runs.demandOpen()
  context.disk.demandRoom()
  const { files } = request
  const options = cappedOptions(context, request.options)
  const recordedOptions = files === undefined ? options : { ...options, files: fileFacts(files) }
  const id = newId('exe')
  const admission = await context.quotas.admit(quotaHolders(context, actor))
  try {
    const recorded = await record(context, actor, { id, request, options: recordedOptions })
    if ('executionId' in recorded) {
      admission.end(0)
      return await repeatedOf(context, recorded.executionId)
    }
    const run = new LiveRun(id, actor.userId)
    const executor = context.sandboxes.for(request.tool?.permissions ?? { allowNet: [] })
    const inputs = files === undefined ? {} : { files }
    const events = executor.stream(request.code, { ...options, ...inputs, signal: run.signal })
    const { auditId } = recorded
    const hasWebhook = request.webhook !== undefined
    context.runs.add(run, runToEnd(context, { run, events, admission, auditId, hasWebhook }))
    return { row: recorded.row, run, repeated: false }
  } catch (error) {
    admission.end(0)
    throw error
  }
}

async function repeatedOf(context: ServiceContext, id: string): Promise<Started> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  return { row, run: context.runs.find(id), repeated: true }
}

import {
  deleteExecutions,
  type ExecutionRow,
  findExecution,
  isUnfinished,
} from '../../db/queries/executions.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError } from '../errors.ts'

/**
 * Ends an execution that runs, and gives it as it was recorded then; one that is over is given as it is.
 * @throws ConflictError when another service runs it
 */
export async function cancelExecution(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<ExecutionRow> {
  const row = await existing(context, id)
  const deed = { action: 'execution.cancel', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
    return isUnfinished(row) ? await cancel(context, row) : await wholeOf(context, row)
  })
}

/**
 * Ends an execution that runs, as `cancelExecution` does; deletes one that is over, with its files, its result and what is
 * to be told of it, and gives it for the last time. The audit of it stays.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveExecution(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<ExecutionRow> {
  const row = await existing(context, id)
  if (isUnfinished(row)) return await cancelExecution(context, actor, id)
  const deed = { action: 'execution.delete', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
    const whole = await wholeOf(context, row)
    await removeExecutions(context, [id])
    return whole
  })
}

/** Nothing is done with what is not there, and nothing is recorded of it. */
async function existing(context: ServiceContext, id: string): Promise<ExecutionRow> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  return row
}

/** With all of its result, as long as that is here. */
async function wholeOf({ runs }: ServiceContext, row: ExecutionRow): Promise<ExecutionRow> {
  return (await runs.find(row.id)?.ended.catch(() => null)) ?? row
}

async function cancel(context: ServiceContext, row: ExecutionRow): Promise<ExecutionRow> {
  const { id } = row
  const run = context.runs.find(id)
  if (run === null && context.machines !== null) return await context.machines.cancel(row)
  if (run === null) {
    const now = await existing(context, id)
    if (!isUnfinished(now)) return now
    throw new ConflictError(`Cannot cancel "${id}": another service runs it`)
  }
  run.stop('cancelled')
  return await run.ended.catch((error: unknown) => failedOf(context, id, error))
}

async function failedOf(context: ServiceContext, id: string, error: unknown): Promise<ExecutionRow> {
  const row = await findExecution(context.db, id)
  if (row === null) throw error
  return row
}

/** Deletes executions that are over, with all that is kept of them; gives how many it were. */
export async function removeExecutions(context: ServiceContext, ids: readonly string[]): Promise<number> {
  const { db, fileStore, runs } = context
  const gone = await deleteExecutions(db, ids)
  for (const id of gone) {
    runs.drop(id)
    await fileStore.remove(id)
  }
  return gone.length
}

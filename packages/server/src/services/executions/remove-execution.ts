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
 * Ends an execution that runs, and gives it as it was recorded then; deletes one that is over, with its files, its result
 * and what is to be told of it, and gives it for the last time. The audit of it stays.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveExecution(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<ExecutionRow> {
  const row = await findExecution(context.db, id)
  // Nothing is done with what is not there, and nothing is recorded of it.
  if (row === null) throw new NotFoundError('execution', id)
  const action = isUnfinished(row) ? 'execution.cancel' : 'execution.delete'
  return await audited(context, { who: actor, deed: { action, resourceId: id } }, async () => {
    demand(actor, 'delete', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
    if (isUnfinished(row)) return await cancel(context, row)
    const whole = await context.runs.find(id)?.ended.catch(() => null)
    await removeExecutions(context, [id])
    return whole ?? row
  })
}

async function cancel(context: ServiceContext, row: ExecutionRow): Promise<ExecutionRow> {
  const { id } = row
  const run = context.runs.find(id)
  if (run === null && context.machines !== null) return await context.machines.cancel(row)
  if (run === null) throw new ConflictError(`Cannot cancel "${id}": another service runs it`)
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

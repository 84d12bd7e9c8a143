import { type BatchRow, deleteBatches, findBatch } from '../../db/queries/batches.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError } from '../errors.ts'

/**
 * Ends a batch that runs, and gives it as it was recorded then; deletes one that is over, with its programs and results, and
 * gives it for the last time. The audit of it stays.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveBatch(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<BatchRow> {
  const row = await findBatch(context.db, id)
  // Nothing is done with what is not there, and nothing is recorded of it.
  if (row === null) throw new NotFoundError('batch', id)
  const action = row.status === 'running' ? 'batch.cancel' : 'batch.delete'
  return await audited(context, { who: actor, deed: { action, resourceId: id } }, async () => {
    demand(actor, 'delete', { resource: 'batch', id, ownership: ownershipOf(actor, row.userId) })
    if (row.status === 'running') return await cancel(context, id)
    await removeBatches(context, [id])
    return row
  })
}

async function cancel({ batches }: ServiceContext, id: string): Promise<BatchRow> {
  const run = batches.find(id)
  if (run === null) throw new ConflictError(`Cannot cancel "${id}": another service runs it`)
  run.stop('cancelled')
  return await run.ended
}

/** Deletes batches that are over, with all that is kept of them; gives how many it were. */
export async function removeBatches(
  { db, batches }: ServiceContext,
  ids: readonly string[],
): Promise<number> {
  const gone = await deleteBatches(db, ids)
  for (const id of gone) batches.drop(id)
  return gone.length
}

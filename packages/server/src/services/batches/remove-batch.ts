import { type BatchRow, deleteBatches, findBatch } from '../../db/queries/batches.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError } from '../errors.ts'

/**
 * Ends a batch that runs, and gives it as it was recorded then; one that is over is given as it is.
 * @throws ConflictError when another service runs it
 */
export async function cancelBatch(context: ServiceContext, actor: Actor, id: string): Promise<BatchRow> {
  const row = await existing(context, id)
  const deed = { action: 'batch.cancel', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'batch', id, ownership: ownershipOf(actor, row.userId) })
    return row.status === 'running' ? await cancel(context, id) : row
  })
}

/**
 * Ends a batch that runs, as `cancelBatch` does; deletes one that is over, with its programs and results, and gives it for
 * the last time. The audit of it stays.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveBatch(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<BatchRow> {
  const row = await existing(context, id)
  if (row.status === 'running') return await cancelBatch(context, actor, id)
  const deed = { action: 'batch.delete', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'batch', id, ownership: ownershipOf(actor, row.userId) })
    await removeBatches(context, [id])
    return row
  })
}

/** Nothing is done with what is not there, and nothing is recorded of it. */
async function existing({ db }: ServiceContext, id: string): Promise<BatchRow> {
  const row = await findBatch(db, id)
  if (row === null) throw new NotFoundError('batch', id)
  return row
}

async function cancel(context: ServiceContext, id: string): Promise<BatchRow> {
  const run = context.batches.find(id)
  if (run === null) {
    const now = await existing(context, id)
    if (now.status !== 'running') return now
    throw new ConflictError(`Cannot cancel "${id}": another service runs it`)
  }
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

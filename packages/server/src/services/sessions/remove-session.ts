import { unfinishedInSession } from '../../db/queries/executions.ts'
import { deleteKept } from '../../db/queries/session-states.ts'
import { deleteSession, moveSession, type SessionRow, unfinishedSessions } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { NotFoundError } from '../errors.ts'
import { DATABASE_STORE, keptInDatabase } from './given-key.ts'
import { SessionInUseError } from './session-errors.ts'
import { inOurWords } from './session-lease.ts'
import { demandSession } from './sessions.ts'

/**
 * Removes a session for ever, and ends what goes on in it.
 * @throws SessionInUseError when another service has it; nothing has changed then
 */
export async function removeSession(context: ServiceContext, actor: Actor, id: string): Promise<void> {
  const deed: Deed = { action: 'session.delete', resourceId: id }
  await audited(context, { who: actor, deed }, async () => {
    const found = await demandSession(context, actor, { id, action: 'delete' })
    if (context.machines !== null) return await removeFromMachines(context, keptInDatabase(found))
    const { storeId } = found
    const { open, place, store } = context.sessions
    if (storeId !== place.id) throw new SessionInUseError(id, 'another service keeps it')
    using _evicted = await open.evict(id)
    try {
      await using _claim = await store.claim(id)
      const row = await moveSession(context.db, id, { from: 'ready', to: 'deleting' })
      if (row === null) throw new NotFoundError('session', id)
      await finish(context, row)
    } catch (error) {
      throw inOurWords(error)
    }
  })
}

/** From the note on that it is to go, no machine gets or changes what is kept of it. */
async function removeFromMachines(context: ServiceContext, { id }: Pick<SessionRow, 'id'>): Promise<void> {
  const { db, machines, runs } = context
  const row = await moveSession(db, id, { from: 'ready', to: 'deleting' })
  if (row === null) throw new NotFoundError('session', id)
  for (const execution of await unfinishedInSession(db, id)) {
    const run = runs.find(execution.id)
    if (run !== null) run.stop('cancelled')
    else await machines?.cancel(execution).catch(() => {})
  }
  await removeBytes(context, id)
}

/** First the note that it is to go, then the bytes, then the row: broken off between them, it is gone on with later. */
async function finish(
  { db, sessions, machines }: ServiceContext,
  row: Pick<SessionRow, 'id'>,
): Promise<void> {
  if (machines === null) await sessions.store.remove(row.id)
  else await deleteKept(db, row.id)
  const machine = await deleteSession(db, row.id)
  if (machine !== null) machines?.forgetSession({ session: row.id, machine })
}

/** Removes what there may be of a session that could not be made. Never throws: the next start tries again. */
export async function removeBytes(context: ServiceContext, id: string): Promise<void> {
  try {
    await finish(context, { id })
  } catch (error) {
    context.logger.warn({ session: id, error: String(error) }, 'session.not-removed')
  }
}

/**
 * Goes on with removing sessions; those of which the row says so. With `starting` also those that this instance was
 * making when it was killed. Whichever cannot be removed now is tried again.
 * Gives how many are gone.
 */
export async function removeMarked(context: ServiceContext, starting = false): Promise<number> {
  const { db, instance, sessions, logger, machines } = context
  const { place, open, store } = sessions
  const storeId = machines === null ? place.id : DATABASE_STORE
  const marked = await unfinishedSessions(db, { storeId, madeBy: starting ? instance : null })
  let removed = 0
  for (const row of marked) {
    try {
      if (machines === null) {
        using _evicted = await open.evict(row.id)
        await using _claim = await store.claim(row.id)
        await finish(context, row)
      } else await finish(context, row)
      removed += 1
    } catch (error) {
      logger.warn({ session: row.id, error: String(error) }, 'session.not-removed')
    }
  }
  return removed
}

import { recordSessionUse, type SessionRow, sessionsInUse } from '../../db/queries/sessions.ts'
import type { ServiceContext } from '../context.ts'
import { removeMarked } from './remove-session.ts'
import { saveOf } from './session-lease.ts'

/** Sessions that the last run of this instance may have saved without noting it. Asked before their ends are recorded. */
export async function sessionsLeftOpen({ db, instance, sessions }: ServiceContext): Promise<SessionRow[]> {
  return await sessionsInUse(db, { storeId: sessions.place.id, instance })
}

/** Has rows and bytes of sessions agree again: notes what was saved, and ends what was being made or removed. */
export async function recoverSessions(context: ServiceContext, left: readonly SessionRow[]): Promise<void> {
  const { db, sessions, logger } = context
  for (const { id, sequence, lastUsedAt } of left) {
    try {
      const metadata = (await sessions.store.inspect(id))?.metadata ?? null
      if (metadata === null || metadata.sequence <= sequence) continue
      const saved = new Date(metadata.lastModified)
      await recordSessionUse(db, id, {
        ...saveOf(metadata),
        lastUsedAt: saved > lastUsedAt ? saved : lastUsedAt,
      })
    } catch (error) {
      logger.warn({ session: id, error: String(error) }, 'session.not-recovered')
    }
  }
  await removeMarked(context, true)
}

import { interruptAgentRuns } from '../db/queries/agent-runs.ts'
import { interruptAudit } from '../db/queries/audit.ts'
import { interruptExecutions } from '../db/queries/executions.ts'
import { resealModels } from '../db/queries/models.ts'
import { resealTools } from '../db/queries/reseal-tools.ts'
import { recordSessionUse, type SessionRow, sessionsInUse } from '../db/queries/sessions.ts'
import { resealDeliveries } from '../db/queries/webhook-deliveries.ts'
import { loggable } from '../logger.ts'
import type { ServiceContext } from './context.ts'
import { forgetOldFiles, removeOrphanedFiles } from './executions/execution-files.ts'
import { createSecretBox } from './secret-box.ts'
import { removeMarked } from './sessions/remove-session.ts'
import { saveOf } from './sessions/session-lease.ts'
import { removeDeparted } from './users/departed.ts'

/** Records the end of what the last run of this instance left open, and removes what it left half written. */
export async function recover(context: ServiceContext): Promise<void> {
  const { db, instance, logger } = context
  const left = await sessionsLeftOpen(context)
  const executions = await interruptExecutions(db, instance)
  const agentRuns = await interruptAgentRuns(db, instance)
  const entries = await interruptAudit(db, instance)
  if (executions + entries > 0) logger.warn({ executions, agentRuns, entries }, 'service.recovered')
  await removeOrphanedFiles(context)
  await recoverSessions(context, left)
}

/** Seals every secret anew that the key before has sealed. Broken off in the middle, it can be done again. */
export async function rotateSecrets(
  { db, logger, secrets }: ServiceContext,
  previousKey: Uint8Array | undefined,
): Promise<void> {
  if (previousKey === undefined) return
  const previous = createSecretBox(previousKey)
  const reseal = (sealed: string, place: string) =>
    secrets.sealed(sealed) ? sealed : secrets.seal(previous.open(sealed, place), place)
  const tools = await resealTools(db, reseal)
  await resealDeliveries(db, reseal)
  await resealModels(db, reseal)
  logger.info({ tools }, 'service.secrets-rotated')
}

/** Forgets what is kept for a time only. Never rejects: the next time comes. */
export async function forgetOld(context: ServiceContext): Promise<void> {
  try {
    await forgetOldFiles(context)
    await removeMarked(context)
    await removeDeparted(context)
    await removeOrphanedFiles(context)
  } catch (error) {
    context.logger.warn({ error: loggable(error) }, 'service.forget-failed')
  }
}

/** Sessions that the last run of this instance may have saved without noting it. Asked before their ends are recorded. */
async function sessionsLeftOpen({ db, instance, sessions }: ServiceContext): Promise<SessionRow[]> {
  return await sessionsInUse(db, { storeId: sessions.place.id, instance })
}

/** Has rows and bytes of sessions agree again: notes what was saved, and ends what was being made or removed. */
async function recoverSessions(context: ServiceContext, left: readonly SessionRow[]): Promise<void> {
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

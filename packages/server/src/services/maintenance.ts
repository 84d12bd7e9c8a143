import { interruptAgentRuns } from '../db/queries/agent-runs.ts'
import { interruptBatches } from '../db/queries/batches.ts'
import { interruptExecutions } from '../db/queries/executions.ts'
import { freePlacesOf } from '../db/queries/quota-usage.ts'
import {
  resealDeliveries,
  resealModels,
  resealSecrets,
  resealSessionKeys,
  resealTools,
} from '../db/queries/sealed.ts'
import {
  markSessionsInMaking,
  recordSessionUse,
  type SessionRow,
  sessionsInUse,
} from '../db/queries/sessions.ts'
import { loggable } from '../logger.ts'
import { abandonDeeds } from './audit/abandon-deeds.ts'
import { importOldAudit } from './audit/import-old.ts'
import { recordOfService } from './audit/service-deeds.ts'
import type { ServiceContext } from './context.ts'
import { forgetOldFiles, removeOrphanedFiles } from './executions/execution-files.ts'
import { createSecretBox } from './secret-box.ts'
import { placeOfRow } from './secrets/sealed-secret.ts'
import { DATABASE_STORE, keyPlaceOf } from './sessions/given-key.ts'
import { removeMarked } from './sessions/remove-session.ts'
import { saveOf } from './sessions/session-lease.ts'
import { removeDeparted } from './users/departed.ts'

/** Records the end of what the last run of this instance left open, and removes what it left half written. */
export async function recover(context: ServiceContext): Promise<void> {
  const { db, instance, logger, runSums } = context
  await importOldAudit(context)
  const left = await sessionsLeftOpen(context)
  const interrupted = await interruptExecutions(db, instance)
  for (const row of interrupted)
    runSums.note({ ...row, status: 'interrupted', cpuMs: 0, denials: 0, wallMs: null })
  const executions = interrupted.length
  const agentRuns = await interruptAgentRuns(db, instance)
  const batches = await interruptBatches(db, instance)
  await freePlacesOf(db, instance)
  // Of sessions on machines; those of runs of agents are shown to nobody, and would be kept for ever.
  await markSessionsInMaking(db, { storeId: DATABASE_STORE, instance })
  const deeds = await abandonDeeds(context)
  if (executions + deeds > 0) logger.warn({ executions, agentRuns, batches, deeds }, 'service.recovered')
  const filesOfExecutions = await removeOrphanedFiles(context)
  const sessions = await recoverSessions(context, left)
  const removed = { filesOfExecutions, sessions }
  const ended = { executions, agentRuns, batches, deeds }
  if ([...Object.values(ended), ...Object.values(removed)].some((count) => count > 0))
    await recordOfService(context, 'service.recover', { ended, removed })
}

/** Seals every secret anew that the key before has sealed. Broken off in the middle, it can be done again. */
export async function rotateSecrets(
  context: ServiceContext,
  previousKey: Uint8Array | undefined,
): Promise<void> {
  if (previousKey === undefined) return
  const { db, logger, secrets } = context
  const previous = createSecretBox(previousKey)
  const reseal = (sealed: string, place: string) =>
    secrets.sealed(sealed) ? sealed : secrets.seal(previous.open(sealed, place), place)
  const tools = await resealTools(db, reseal)
  await resealDeliveries(db, reseal)
  await resealModels(db, reseal)
  await resealSessionKeys(db, (sealed, id) => reseal(sealed, keyPlaceOf(id)))
  const ofCode = await resealSecrets(db, (row) => reseal(row.sealed, placeOfRow(row)))
  logger.info({ tools, ofCode }, 'service.secrets-rotated')
  await recordOfService(context, 'secrets.rotate', { tools, ofCode })
}

/** Forgets what is kept for a time only. The audit is told of files. Never rejects: the next time comes. */
export async function forgetOld(context: ServiceContext): Promise<void> {
  try {
    const filesOfExecutions = await forgetOldFiles(context)
    if (filesOfExecutions > 0) await recordOfService(context, 'retention.remove', { filesOfExecutions })
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
async function recoverSessions(context: ServiceContext, left: readonly SessionRow[]): Promise<number> {
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
  return await removeMarked(context, true)
}

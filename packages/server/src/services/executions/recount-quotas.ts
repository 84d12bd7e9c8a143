import { forgetHolders, mendQuotas, type QuotaDrift, quotaDrift } from '../../db/queries/quota-recount.ts'
import { loggable } from '../../logger.ts'
import { type Actor, demandAdministrator } from '../actor.ts'
import { recordOfService } from '../audit/service-deeds.ts'
import type { ServiceContext } from '../context.ts'

/**
 * Compares what is counted for quotas with what is there, when the service starts. What is wrong is mended, and told in the log
 * and in the audit. Never rejects: the service can do without.
 */
export async function recountQuotas(context: ServiceContext): Promise<void> {
  try {
    await mend(context)
    await forgetHolders(context.db)
  } catch (error) {
    context.logger.warn({ error: loggable(error) }, 'quotas.not-recounted')
  }
}

/**
 * The same when an administrator asks for it; gives what was wrong, which is nothing unless somebody has changed the database
 * past the service.
 */
export async function recountForAdministrator(context: ServiceContext, actor: Actor): Promise<QuotaDrift[]> {
  demandAdministrator(actor, 'recount the quotas')
  return await mend(context)
}

async function mend(context: ServiceContext): Promise<QuotaDrift[]> {
  // Looking takes no lock, and nearly always finds nothing.
  if ((await quotaDrift(context.db)).length === 0) return []
  const drift = await mendQuotas(context.db)
  if (drift.length === 0) return []
  context.logger.error({ drift: drift.slice(0, MAX_TOLD), holders: drift.length }, 'quotas.drift')
  await recordOfService(context, 'quotas.mend', { drift: drift.slice(0, MAX_TOLD), holders: drift.length })
  return drift
}

const MAX_TOLD = 20

import { type AuditFilter, beginDeed, type DeedRow, endDeed, listDeeds } from '../db/queries/audit.ts'
import type { Page, PageRequest } from '../db/queries/page.ts'
import { loggable } from '../logger.ts'
import { type Actor, demand, seesAll } from './actor.ts'
import { type AuditEvent, readLeaf } from './audit/audit-event.ts'
import { beginningOf, type DeedEnd, endOfDeed, type OpenDeed, type Who } from './audit/deed-record.ts'
import type { ServiceContext } from './context.ts'
import { FREE_DEEDS } from './deed-limit.ts'
import { type Deed, factsOf, isLimited } from './deeds.ts'
import { QuotaExceededError, ServiceError } from './errors.ts'

/**
 * Does something between the two entries of it in the audit: one written before, one after, whatever happens.
 * @throws QuotaExceededError when the user did more than anybody needs
 */
export async function audited<Value>(
  context: ServiceContext,
  { who, deed }: { readonly who: Who; readonly deed: Deed },
  work: () => Promise<Value>,
): Promise<Value> {
  const { needsRoom, writes } = factsOf(deed)
  if (who.userId !== null && isLimited(deed)) demandDeed(context, who.userId)
  if (needsRoom) context.disk.demandRoom()
  const { open, begin } = beginningOf(context, { who, deed })
  await beginDeed(context.db, begin)
  try {
    const value = await work()
    const resourceId = deed.resourceId ?? idOf(value)
    await end(context, open, { outcome: 'success', ...(resourceId === null ? {} : { resourceId }) })
    return value
  } catch (error) {
    const refused = error instanceof ServiceError
    if (refused) context.refusals.isKnown(error)
    await end(context, open, {
      outcome: refused ? 'refused' : 'error',
      detail: { ...open.detail, error: refused ? error.code : 'internal' },
    })
    throw error
  } finally {
    if (writes !== null) context.cache.forget(writes)
    if (writes === 'identity') void context.rights.look()
  }
}

function demandDeed({ deeds }: ServiceContext, userId: string): void {
  const retryAfterSeconds = deeds.take(userId)
  if (retryAfterSeconds === 0) return
  throw new QuotaExceededError({ quota: 'deeds', of: 'user', limit: FREE_DEEDS, retryAfterSeconds })
}

/** What was done stays done when its end cannot be recorded: the next start says of it that its end is not known. */
async function end({ db, auditLog, logger }: ServiceContext, open: OpenDeed, how: DeedEnd): Promise<void> {
  try {
    const isRecorded = await endDeed(db, endOfDeed(open, how))
    // Others have taken this service for dead, and said that the end is not known.
    if (!isRecorded) logger.warn({ deed: open.deed, outcome: how.outcome }, 'audit.ended-too-late')
    auditLog.nudge()
  } catch (error) {
    logger.error({ deed: open.deed, error: loggable(error) }, 'audit.end-not-recorded')
  }
}

function idOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : null
}

/** A deed in the audit: the last that is known of it, and where that stands in the log; null until it has a place. */
export type AuditedDeed = Omit<DeedRow, 'leaf'> & { readonly event: AuditEvent }

/** The deeds in the audit that the actor may see: the own ones, an administrator all. */
export async function queryAudit(
  { db }: ServiceContext,
  actor: Actor,
  { filter, page }: { readonly filter: AuditFilter; readonly page: PageRequest },
): Promise<Page<AuditedDeed>> {
  demand(actor, 'read', { resource: 'audit', id: '', ownership: 'own' })
  const whose = seesAll(actor, 'audit') ? {} : { actorId: actor.userId }
  const { items, next } = await listDeeds(db, { ...filter, ...whose }, page)
  return { items: items.map(({ leaf, ...row }) => ({ ...row, event: readLeaf(leaf) })), next }
}

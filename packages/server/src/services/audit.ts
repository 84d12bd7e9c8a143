import { newId } from '../db/index.ts'
import { type AuditFilter, type AuditRow, closeAudit, listAudit, openAudit } from '../db/queries/audit.ts'
import type { Page, PageRequest } from '../db/queries/page.ts'
import { loggable } from '../logger.ts'
import { type Actor, demand, seesAll } from './actor.ts'
import type { ServiceContext } from './context.ts'
import { FREE_DEEDS } from './deed-limit.ts'
import { type Deed, factsOf, isLimited } from './deeds.ts'
import { QuotaExceededError, ServiceError } from './errors.ts'

/** The part of an actor that is recorded; all null before somebody has signed in. */
export type Who = Pick<Actor, 'requestId'> & {
  readonly userId: string | null
  readonly apiKeyId: string | null
}

/**
 * Does something between the two halves of its audit entry: written before, closed after, whatever happens.
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
  const id = newId('aud')
  await openAudit(context.db, entryOf(context, id, { who, deed }))
  try {
    const value = await work()
    const resourceId = deed.resourceId ?? idOf(value)
    await close(context, id, { outcome: 'success', ...(resourceId === null ? {} : { resourceId }) })
    return value
  } catch (error) {
    const refused = error instanceof ServiceError
    await close(context, id, {
      outcome: refused ? 'refused' : 'error',
      detail: { ...deed.detail, error: refused ? error.code : 'internal' },
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

/** The row of an entry that is about to be opened. */
export function entryOf(
  { instance }: Pick<ServiceContext, 'instance'>,
  id: string,
  { who, deed }: { readonly who: Who; readonly deed: Deed },
): Omit<AuditRow, 'outcome' | 'createdAt' | 'closedAt'> {
  return {
    id,
    instance,
    actorId: who.userId,
    apiKeyId: who.apiKeyId,
    requestId: who.requestId,
    action: deed.action,
    resourceId: deed.resourceId,
    detail: deed.detail ?? {},
  }
}

/** What was done stays done when its entry cannot be closed: the entry then stays open until the service starts anew. */
async function close(
  { db, logger }: ServiceContext,
  id: string,
  end: Parameters<typeof closeAudit>[2],
): Promise<void> {
  try {
    await closeAudit(db, id, end)
  } catch (error) {
    logger.error({ entry: id, error: loggable(error) }, 'audit.close-failed')
  }
}

function idOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : null
}

/** The audit entries that the actor may see: the own ones, an administrator all. */
export async function queryAudit(
  { db }: ServiceContext,
  actor: Actor,
  { filter, page }: { readonly filter: AuditFilter; readonly page: PageRequest },
): Promise<Page<AuditRow>> {
  demand(actor, 'read', { resource: 'audit', id: '', ownership: 'own' })
  const whose = seesAll(actor, 'audit') ? {} : { actorId: actor.userId }
  return await listAudit(db, { ...filter, ...whose }, page)
}

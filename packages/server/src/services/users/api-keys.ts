import { randomBytes } from 'node:crypto'
import { newId } from '../../db/index.ts'
import {
  type ApiKeyRow,
  deleteApiKey,
  findApiKeyById,
  insertApiKey,
  listApiKeys,
} from '../../db/queries/api-keys.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ForbiddenError, InvalidRequestError, NotFoundError, QuotaExceededError } from '../errors.ts'
import { decide, type Scope } from '../permission-check.ts'
import { limitsOf, type OwnQuotas } from '../policy.ts'
import { hashOfKey, KEY_PREFIX } from './authenticate.ts'

const KEY_BYTES = 32
const HINT_CHARS = 10

/** What a new key is made of. */
export interface NewApiKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: Date | null
  /** What it may use up of what its user may; null for all of it. */
  readonly quotas: OwnQuotas | null
}

/** Makes a key for the actor. The key itself is told here and never again. */
export async function createApiKey(
  context: ServiceContext,
  actor: Actor,
  { name, scopes, expiresAt, quotas }: NewApiKey,
): Promise<ApiKeyRow & { readonly key: string }> {
  const deed: Deed = { action: 'api-key.create', resourceId: null, detail: { name, scopes } }
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'create', { resource: 'api-key', id: '', ownership: 'own' })
    if (expiresAt !== null && expiresAt.getTime() <= Date.now())
      throw new InvalidRequestError([{ path: 'expiresAt', problem: 'must be in the future' }])
    const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`
    const row = {
      ...{ id: newId('key'), userId: actor.userId, name, expiresAt, quotas },
      scopes: [...new Set(scopes)],
      hash: hashOfKey(key),
      hint: key.slice(0, HINT_CHARS),
    }
    const limit = limitsOf(context.policy.quotas, actor.quotas.user).apiKeys
    const made = await insertApiKey(context.db, row, limit)
    if (made !== null) return { ...made, key }
    throw new QuotaExceededError({ quota: 'api-keys', of: 'user', limit, retryAfterSeconds: null })
  })
}

/** The keys of the actor; with `all`, for administrators, those of everybody. */
export async function queryApiKeys(
  context: ServiceContext,
  actor: Actor,
  { all, page }: { readonly all: boolean; readonly page: PageRequest },
): Promise<Page<ApiKeyRow>> {
  const decision = decide(actor, 'read', 'api-key', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the API keys: ${decision.reason}`)
  if (all && !seesAll(actor, 'api-key'))
    throw new ForbiddenError('list the API keys of everybody: only an administrator may')
  return await listApiKeys(context.db, all ? null : actor.userId, page)
}

/** Withdraws a key, from this moment on. */
export async function removeApiKey(context: ServiceContext, actor: Actor, id: string): Promise<void> {
  await audited(context, { who: actor, deed: { action: 'api-key.delete', resourceId: id } }, async () => {
    const row = await findApiKeyById(context.db, id)
    if (row === null) throw new NotFoundError('api-key', id)
    demand(actor, 'delete', { resource: 'api-key', id, ownership: ownershipOf(actor, row.userId) })
    await deleteApiKey(context.db, id)
  })
}

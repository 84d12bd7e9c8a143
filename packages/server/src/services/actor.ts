import { ForbiddenError, NotFoundError, ThrottledError } from './errors.ts'
import type { QuotaHolder } from './executions/quota-terms.ts'
import { type Action, decide, type Ownership, type Resource, type Standing } from './permission-check.ts'
import { limitsOf, type OwnQuotas, type Policy } from './policy.ts'

export { inLane } from '../db/index.ts'

/** Who asks. */
export interface Actor extends Standing {
  readonly userId: string
  /** The key that was used, or null for a sign-in with a cookie. */
  readonly apiKeyId: string | null
  /** The sign-in that was used, where it was a cookie. */
  readonly signInId?: string | null
  readonly requestId: string
  /** The address that the request came from, or null where there is none. */
  readonly source: string | null
  /** Until then nothing is run with the key; null where nothing holds it back. */
  readonly throttledUntil?: Date | null
  /** What an administrator gave the user, and what the key is held to; null for nothing of its own. */
  readonly quotas: { readonly user: OwnQuotas | null; readonly key: OwnQuotas | null }
}

/** Refuses to run something with a key that is held back. @throws ThrottledError */
export function demandUnthrottled({ throttledUntil = null }: Pick<Actor, 'throttledUntil'>): void {
  const ms = (throttledUntil?.getTime() ?? 0) - Date.now()
  if (ms > 0) throw new ThrottledError(Math.ceil(ms / 1000))
}

/** Whose quotas an execution of the actor counts for, or a session of its owner. */
export function quotaHolders(
  { policy }: { readonly policy: Policy },
  { userId, apiKeyId, quotas }: Pick<Actor, 'userId' | 'apiKeyId' | 'quotas'>,
): QuotaHolder[] {
  const user = { kind: 'user', id: userId, limits: limitsOf(policy.quotas, quotas.user) } as const
  if (apiKeyId === null || quotas.key === null) return [user]
  return [user, { kind: 'api-key', id: apiKeyId, limits: limitsOf(user.limits, quotas.key) }]
}

/** Whose a thing is, seen from the actor. */
export function ownershipOf(actor: Actor, ownerId: string, system = false): Ownership {
  if (system) return 'system'
  return ownerId === actor.userId ? 'own' : 'other'
}

/**
 * Refuses what the actor may not do with one thing.
 * @throws NotFoundError when the actor may not know of it
 * @throws ForbiddenError
 */
export function demand(
  actor: Actor,
  action: Action,
  thing: { readonly resource: Resource; readonly id: string; readonly ownership: Ownership },
): void {
  const decision = decide(actor, action, thing.resource, thing.ownership)
  if (decision.allowed) return
  if (decision.hidden) throw new NotFoundError(thing.resource, thing.id)
  throw new ForbiddenError(`${action} the ${thing.resource}: ${decision.reason}`)
}

/** May the actor see what belongs to others? */
export function seesAll(actor: Actor, resource: Resource): boolean {
  return decide(actor, 'read', resource, 'other').allowed
}

/** Refuses everybody but an administrator with a cookie or a key of the scope `admin`. @throws ForbiddenError */
export function demandAdministrator({ role, scopes }: Standing, what: string): void {
  if (role !== 'admin') throw new ForbiddenError(`${what}: only an administrator may`)
  if (scopes !== 'all' && !scopes.includes('admin'))
    throw new ForbiddenError(`${what}: the API key lacks the scope "admin"`)
}

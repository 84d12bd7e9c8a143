import { ForbiddenError, NotFoundError } from './errors.ts'
import { type QuotaHolder, SERVICE } from './executions/quotas.ts'
import { type Action, decide, type Ownership, type Resource, type Standing } from './permission-check.ts'
import { limitsOf, type OwnQuotas, type Policy, type QuotaLimits } from './policy.ts'

/** Who asks. */
export interface Actor extends Standing {
  readonly userId: string
  /** The key that was used, or null for a sign-in with a cookie. */
  readonly apiKeyId: string | null
  /** The sign-in that was used, where it was a cookie. */
  readonly signInId?: string | null
  readonly requestId: string
  /** What an administrator gave the user, and what the key is held to; null for nothing of its own. */
  readonly quotas: { readonly user: OwnQuotas | null; readonly key: OwnQuotas | null }
}

/** Whose quotas an execution of the actor counts for, or a session of its owner. */
export function quotaHolders(
  { policy }: { readonly policy: Policy },
  { userId, apiKeyId, quotas }: Pick<Actor, 'userId' | 'apiKeyId' | 'quotas'>,
): QuotaHolder[] {
  const user = { kind: 'user', id: userId, limits: limitsOf(policy.quotas, quotas.user) } as const
  const all = { kind: 'service', id: SERVICE, limits: serviceLimits(policy) } as const
  if (apiKeyId === null || quotas.key === null) return [user, all]
  return [user, all, { kind: 'api-key', id: apiKeyId, limits: limitsOf(user.limits, quotas.key) }]
}

/** What everybody together may use up: storage is bounded, the rest is bounded for each alone. */
export function serviceLimits({ totalStorageBytes }: Pick<Policy, 'totalStorageBytes'>): QuotaLimits {
  const most = Number.POSITIVE_INFINITY
  return {
    ...{ concurrent: most, perMinute: most, cpuSecondsPerDay: most, storageBytes: totalStorageBytes },
    ...{ sessions: most, liveSessions: most, readers: most, tools: most, toolVersions: most, apiKeys: most },
    agentRuns: most,
  }
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

import { ForbiddenError, NotFoundError } from './errors.ts'
import { type Action, decide, type Ownership, type Resource, type Standing } from './permission-check.ts'

/** Who asks. */
export interface Actor extends Standing {
  readonly userId: string
  /** The key that was used, or null for a sign-in with a cookie. */
  readonly apiKeyId: string | null
  readonly requestId: string
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

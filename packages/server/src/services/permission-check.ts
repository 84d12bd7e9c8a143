/** What a key may be used for. `admin` is for everything that its user may do. */
export const SCOPES = ['execute', 'tools:read', 'tools:write', 'audit:read', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

export const ROLES = ['admin', 'user'] as const
export type Role = (typeof ROLES)[number]

export const ACTIONS = ['create', 'read', 'update', 'delete', 'execute'] as const
export type Action = (typeof ACTIONS)[number]

export const RESOURCES = [
  ...(['tool', 'execution', 'session', 'agent-run', 'batch', 'model', 'user', 'api-key', 'audit'] as const),
] as const
export type Resource = (typeof RESOURCES)[number]

/** Whose the thing is, seen from who asks. `system` belongs to nobody and is there for all. */
export const OWNERSHIPS = ['own', 'other', 'system'] as const
export type Ownership = (typeof OWNERSHIPS)[number]

/** What of an actor counts. A user who signed in with a cookie has all scopes. */
export interface Standing {
  readonly role: Role
  readonly scopes: readonly Scope[] | 'all'
  /** Does the credential end by itself, or have quotas of its own? Then it makes no other one, nor changes one. */
  readonly bounded?: boolean
}

/** `hidden`: the actor must not learn that the thing exists. */
export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly hidden: boolean; readonly reason: string }

/** What a user who is no administrator may do, by resource and ownership. Whatever is not here is refused. */
const USER_MAY: Readonly<Record<Resource, Readonly<Record<Ownership, readonly Action[]>>>> = {
  tool: { own: ACTIONS, system: ['read', 'execute'], other: [] },
  execution: { own: ['create', 'read', 'delete'], system: [], other: [] },
  session: { own: ACTIONS, system: [], other: [] },
  'agent-run': { own: ['create', 'read', 'update', 'delete'], system: [], other: [] },
  batch: { own: ['create', 'read', 'delete'], system: [], other: [] },
  model: { own: [], system: ['read', 'execute'], other: [] },
  user: { own: ['read', 'update'], system: [], other: [] },
  'api-key': { own: ['create', 'read', 'delete'], system: [], other: [] },
  audit: { own: ['read'], system: [], other: [] },
}

/** What exists at all: nobody changes an audit entry, not even an administrator. */
const POSSIBLE: Readonly<Record<Resource, readonly Action[]>> = {
  tool: ACTIONS,
  execution: ['create', 'read', 'delete'],
  session: ACTIONS,
  'agent-run': ['create', 'read', 'update', 'delete'],
  batch: ['create', 'read', 'delete'],
  model: ACTIONS,
  user: ['create', 'read', 'update', 'delete'],
  'api-key': ['create', 'read', 'delete'],
  audit: ['read'],
}

/** What runs code. */
const RUN: ReadonlySet<Resource> = new Set(['execution', 'session', 'agent-run', 'batch'])

/** The scope that a key needs. */
function scopeFor(resource: Resource, action: Action): Scope {
  if (resource === 'tool')
    return action === 'read' ? 'tools:read' : action === 'execute' ? 'execute' : 'tools:write'
  if (RUN.has(resource)) return 'execute'
  if (resource === 'model' && (action === 'read' || action === 'execute')) return 'execute'
  if (resource === 'audit') return 'audit:read'
  return 'admin'
}

/** What such a thing makes would outlive or exceed a bounded credential: a key, a password, a role, a quota. */
function makesCredentials(resource: Resource, action: Action): boolean {
  return (resource === 'user' || resource === 'api-key') && (action === 'create' || action === 'update')
}

/** Who may do what with what: the one place that decides. */
export function decide(
  standing: Standing,
  action: Action,
  resource: Resource,
  ownership: Ownership,
): Decision {
  const refused = (reason: string, hidden = false): Decision => ({ allowed: false, hidden, reason })
  if (!POSSIBLE[resource].includes(action)) return refused(`nobody may ${action} it`)
  const { role, scopes } = standing
  const has = (scope: Scope) => scopes === 'all' || scopes.includes(scope) || scopes.includes('admin')
  const scope = scopeFor(resource, action)
  if (standing.bounded && makesCredentials(resource, action))
    return refused('an API key that expires, or has quotas of its own, makes and changes no credentials')
  // A key of an administrator without the scope "admin" is a key of a user.
  if (role === 'admin' && has('admin')) return { allowed: true }
  if (ownership === 'other' && action !== 'create') return refused('it belongs to somebody else', true)
  if (!USER_MAY[resource][ownership].includes(action)) return refused('only an administrator may')
  if (!has(scope)) return refused(`the API key lacks the scope "${scope}"`)
  return { allowed: true }
}

import { createHash } from 'node:crypto'
import { findApiKey } from '../../db/queries/api-keys.ts'
import type { UserRow } from '../../db/queries/users.ts'
import { findUser } from '../../db/queries/users.ts'
import type { Actor } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { InvalidCredentialsError, TooManyAttemptsError, UnauthenticatedError } from '../errors.ts'
import { SCOPES, type Scope } from '../permission-check.ts'
import type { OwnQuotas } from '../policy.ts'
import { cookieHeader } from './cookie-header.ts'

/** How every key begins, so that one that leaks can be recognized. */
export const KEY_PREFIX = 'acs_'

/** The only form in which a key is stored: it is random enough that no slower hash is needed. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** What somebody presents who asks for something. */
export interface Credentials {
  readonly apiKey: string | null
  readonly cookie: string | null
  readonly requestId: string
  /** The address that it comes from, or null where there is none. */
  readonly source: string | null
}

/**
 * Who it is.
 * @throws UnauthenticatedError
 */
export async function authenticate(context: ServiceContext, credentials: Credentials): Promise<Actor> {
  const { apiKey, cookie } = credentials
  if (apiKey !== null) return await byKey(context, apiKey, credentials)
  if (cookie !== null) return await byCookie(context, cookie, credentials)
  throw new UnauthenticatedError()
}

/** What of a request is recorded with what is done. */
type Origin = Pick<Credentials, 'requestId' | 'source'>

async function byKey(context: ServiceContext, apiKey: string, { requestId, source }: Origin): Promise<Actor> {
  const hash = hashOfKey(apiKey)
  const found = apiKey.startsWith(KEY_PREFIX)
    ? await context.cache.read('identity', hash, () => findApiKey(context.db, hash))
    : null
  if (found === null || found.user.disabled) throw new UnauthenticatedError('the API key is not valid')
  const { key, user } = found
  if (key.expiresAt !== null && key.expiresAt.getTime() <= Date.now())
    throw new UnauthenticatedError(`the API key expired at ${key.expiresAt.toISOString()}`)
  context.keyUse.note(key.id)
  const scopes = key.scopes.filter(isScope)
  const quotas = { user: quotasOf(user), key: quotasOf(key) }
  const bounded = key.expiresAt !== null || quotas.key !== null
  const { throttledUntil } = key
  const who = { userId: user.id, role: user.role, scopes, bounded, apiKeyId: key.id }
  return { ...who, requestId, source, quotas, throttledUntil }
}

/** They were checked before they were stored. */
function quotasOf({ quotas }: { readonly quotas: unknown }): OwnQuotas | null {
  return quotas as OwnQuotas | null
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text)
}

async function byCookie(
  context: ServiceContext,
  cookie: string,
  { requestId, source }: Origin,
): Promise<Actor> {
  const session = await context.signIn.api.getSession({ headers: new Headers({ cookie }) })
  const user = session === null ? null : await findUser(context.db, session.user.id)
  if (user === null || user.disabled) throw new UnauthenticatedError()
  const quotas = { user: quotasOf(user), key: null }
  const signInId = session?.session.id ?? null
  const { id: userId, role } = user
  return { userId, role, scopes: 'all', apiKeyId: null, signInId, requestId, source, quotas }
}

/** A sign-in: what is presented, and from where. */
export interface SignInRequest {
  readonly email: string
  readonly password: string
  readonly place: string
  readonly userAgent: string | null
  readonly requestId: string
}

/** Who has signed in, and the cookies that say so. */
export interface SignedIn {
  readonly user: UserRow
  readonly cookies: readonly string[]
}

/**
 * Signs in. An unknown user, a wrong password and a disabled user are the same error after the same work.
 * @throws InvalidCredentialsError
 * @throws TooManyAttemptsError
 */
export async function signIn(context: ServiceContext, request: SignInRequest): Promise<SignedIn> {
  const { email, place, requestId } = request
  const wait = await context.attempts.begin(email, place)
  if (wait > 0) throw new TooManyAttemptsError(wait)
  const who = { userId: null, apiKeyId: null, requestId, source: place }
  const deed: Deed = { action: 'user.sign-in', resourceId: null, detail: { email, place } }
  return await audited(context, { who, deed }, async () => {
    const signedIn = await check(context, request).catch(async (error: unknown) => {
      await context.attempts.failed(email, place)
      throw error
    })
    await context.attempts.succeeded(email, place)
    return signedIn
  })
}

async function check(
  context: ServiceContext,
  { email, password, place, userAgent }: SignInRequest,
): Promise<SignedIn> {
  const headers = new Headers({ 'user-agent': userAgent ?? '', 'x-forwarded-for': place })
  const answer = await context.signIn.api
    .signInEmail({ body: { email, password }, headers, returnHeaders: true })
    .catch((error: unknown) => {
      if (isRefusal(error)) throw new InvalidCredentialsError()
      throw error
    })
  const user = await findUser(context.db, answer.response.user.id)
  if (user === null || user.disabled) {
    // The sign-in that was just made must not live on until the user is enabled again.
    await context.signIn.api.signOut({ headers: cookieHeader(answer.headers.getSetCookie()) })
    throw new InvalidCredentialsError()
  }
  return { user, cookies: answer.headers.getSetCookie() }
}

/** Better-auth throws answers of HTTP; those below 500 are its refusals. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  )
}

/** Ends the sign-in that the cookie belongs to; gives the cookies that delete it. */
export async function signOut(
  context: ServiceContext,
  actor: Actor,
  cookie: string,
): Promise<readonly string[]> {
  const deed: Deed = { action: 'user.sign-out', resourceId: actor.signInId ?? null }
  return await audited(context, { who: actor, deed }, async () => {
    const { headers } = await context.signIn.api.signOut({
      headers: new Headers({ cookie }),
      returnHeaders: true,
    })
    return headers.getSetCookie()
  })
}

import { findUser } from '../../db/queries/users.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { NotFoundError, OpenIdRefusedError, TooManyAttemptsError, UnavailableError } from '../errors.ts'
import type { SignedIn } from './authenticate.ts'
import { cookieHeader } from './cookie-header.ts'
import { type OpenId, PROVIDER } from './open-id-provider.ts'
import type { StartLimit } from './start-limit.ts'

/** The provider may be slow, and must not be waited for forever. */
const PROVIDER_MS = 15_000

/** Where the browser goes to sign in, and the cookies by which it is known when it comes back. */
export interface OpenIdStart {
  readonly url: string
  readonly cookies: readonly string[]
}

/**
 * Begins a sign-in with the provider, for a browser at a place.
 * @throws NotFoundError when there is none
 * @throws TooManyAttemptsError
 * @throws UnavailableError when it cannot be reached
 */
export async function beginOpenId({ openId, starts }: ServiceContext, place: string): Promise<OpenIdStart> {
  const { api } = demandProvider(openId)
  demandStart(starts, place)
  const answer = await inTime(
    api.signInSocial({
      body: { provider: PROVIDER, callbackURL: '/', errorCallbackURL: '/', disableRedirect: true },
      returnHeaders: true,
    }),
  )
  const { url } = answer.response
  if (url === undefined) throw new UnavailableError('sign-in provider')
  return { url, cookies: answer.headers.getSetCookie() }
}

/** How the browser came back from the provider. */
export interface OpenIdReturn {
  readonly query: Readonly<Record<string, string>>
  readonly cookie: string
  readonly place: string
  readonly userAgent: string | null
  readonly requestId: string
}

/**
 * Ends a sign-in with the provider.
 * @throws TooManyAttemptsError
 * @throws OpenIdRefusedError when the provider, the state or the user is not as it must be
 */
export async function finishOpenId(context: ServiceContext, back: OpenIdReturn): Promise<SignedIn> {
  const { api } = demandProvider(context.openId)
  demandStart(context.starts, back.place)
  const who = { userId: null, apiKeyId: null, requestId: back.requestId, source: back.place }
  const deed: Deed = { action: 'user.sign-in', resourceId: null, detail: { by: 'oidc', place: back.place } }
  return await audited(context, { who, deed }, async () => {
    const headers = new Headers({
      ...{ cookie: back.cookie, 'user-agent': back.userAgent ?? '', 'x-forwarded-for': back.place },
    })
    const request = { params: { id: PROVIDER }, query: back.query, method: 'GET' as const, headers }
    const answer = await inTime(api.callbackOAuth({ ...request, asResponse: true }))
    const target = new URL(answer.headers.get('location') ?? '/?error=no_answer', context.publicUrl)
    const problem = target.searchParams.get('error')
    if (problem !== null) throw new OpenIdRefusedError(problem)
    const cookies = answer.headers.getSetCookie()
    const session = await context.signIn.api.getSession({ headers: cookieHeader(cookies) })
    const user = session === null ? null : await findUser(context.db, session.user.id)
    if (user !== null && !user.disabled) return { user, cookies }
    if (session !== null) await context.signIn.api.signOut({ headers: cookieHeader(cookies) })
    throw new OpenIdRefusedError('user_disabled')
  })
}

/** What is begun here is remembered or asked of the provider, for anybody. */
function demandStart(starts: StartLimit, place: string): void {
  const wait = starts.take(place)
  if (wait > 0) throw new TooManyAttemptsError(wait, 'attempts')
}

function demandProvider(openId: OpenId | null): OpenId {
  if (openId === null) throw new NotFoundError('sign-in provider', PROVIDER)
  return openId
}

/** What the provider does wrong is no error of this service; nor is a provider that cannot be reached. */
async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PROVIDER_MS} ms`)), PROVIDER_MS)
  })
  try {
    return await Promise.race([work, late])
  } catch (cause) {
    throw new UnavailableError('sign-in provider', { cause })
  } finally {
    clearTimeout(timer)
  }
}

import type { Context, MiddlewareHandler } from 'hono'
import { ForbiddenError, UnauthenticatedError } from '../services/errors.ts'
import { authenticate } from '../services/users/authenticate.ts'
import { SPAN } from '../tracing/span-names.ts'
import type { AppEnv } from './environment.ts'
import { demandKnownHost } from './known-host.ts'
import { isCrossSite } from './middleware.ts'
import { placeOf } from './place-of.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Finds out who asks; everything behind it has an actor. */
export const authenticated: MiddlewareHandler<AppEnv> = async (c, next) => {
  const apiKey = apiKeyOf(c)
  const cookie = c.req.header('Cookie') ?? null
  // Browsers send cookies along, wherever a request comes from; a key is sent by nobody but who knows it.
  if (apiKey === null && cookie !== null) demandKnownHost(c)
  if (apiKey === null && cookie !== null && !SAFE.has(c.req.method) && isCrossSite(c))
    throw new ForbiddenError('use the cookie: the request comes from another site')
  const { services, callers } = c.get('deps')
  const source = placeOf(c)
  const given = { apiKey, cookie, source, requestId: c.get('requestId') }
  const actor = await services.tracer.within({ name: SPAN.permission }, () => authenticate(services, given))
  c.set('actor', actor)
  callers?.note(c.req.header('Authorization') ?? cookie ?? '', actor.userId)
  await next()
}

function apiKeyOf(c: Context<AppEnv>): string | null {
  const header = c.req.header('Authorization')
  if (header === undefined) return null
  const key = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (key === undefined) throw new UnauthenticatedError('"Authorization" must be "Bearer <API key>"')
  return key
}

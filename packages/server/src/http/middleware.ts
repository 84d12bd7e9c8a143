import { randomUUID } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { ATTRIBUTE, SPAN } from '../tracing/span-names.ts'
import type { AppDeps, AppEnv } from './environment.ts'

const REQUEST_ID = /^[\w.-]{1,64}$/

/** It stands in logs, traces and the audit: an id that holds what the operator lists as secret is none. */
function isRequestId({ services }: AppDeps, given: string | undefined): given is string {
  return given !== undefined && REQUEST_ID.test(given) && services.listed.outOf(given) === given
}

/** Gives every request its id, and notes what became of it. */
export function observed(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const given = c.req.header('X-Request-Id')
    const requestId = isRequestId(deps, given) ? given : randomUUID()
    c.set('deps', deps)
    c.set('requestId', requestId)
    const started = performance.now()
    const { method } = c.req
    const { metrics, tracer } = deps.services
    const attributes = { [ATTRIBUTE.method]: method, [ATTRIBUTE.requestId]: requestId }
    const request = { traceparent: c.req.header('traceparent') }
    await tracer.within({ name: method, attributes, request }, async (span) => {
      await next()
      c.header('X-Request-Id', requestId)
      const ms = performance.now() - started
      const { status } = c.res
      const route = routePath(c, -1)
      span.rename(SPAN.request(method, route))
      span.set({ [ATTRIBUTE.route]: route, [ATTRIBUTE.status]: status })
      if (status >= 500) span.fail(String(status))
      metrics.add('http_requests_total', { method, route, status: String(status) })
      metrics.observe('http_request_duration_seconds', { route }, ms / 1000)
      deps.logger.debug({ requestId, method, route, status, ms: Math.round(ms) }, 'request.answered')
    })
  }
}

/** Nothing of the service is for other sites to frame, sniff or cache. */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const set = (name: string, value: string) => {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value)
  }
  set('Cache-Control', 'no-store')
  set(
    'Content-Security-Policy',
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  )
  set('X-Content-Type-Options', 'nosniff')
  set('X-Frame-Options', 'DENY')
  set('Referrer-Policy', 'no-referrer')
  set('Cross-Origin-Resource-Policy', 'same-origin')
  set('Cross-Origin-Opener-Policy', 'same-origin')
  if (c.get('deps').publicUrl.startsWith('https:')) set('Strict-Transport-Security', 'max-age=31536000')
}

/** Did the request come from another site, as far as a browser tells? Programs that are no browser tell nothing. */
export function isCrossSite(c: Context<AppEnv>): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = c.req.header('Origin')
  if (origin === undefined) return false
  return origin !== new URL(c.get('deps').publicUrl).origin && origin !== new URL(c.req.url).origin
}

/** Refuses a path whose escapes are no UTF-8: one would take it as it stands, another one as something else. */
export const wellFormedPath: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (!isWellFormed(new URL(c.req.url).pathname))
    throw new HTTPException(400, { message: 'The path holds an escape ("%") that is none of UTF-8' })
  await next()
}

function isWellFormed(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

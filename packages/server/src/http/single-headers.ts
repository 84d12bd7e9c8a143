import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { AppEnv } from './environment.ts'

/** Headers of which two would be read as one of them by us and as the other one by a proxy before us. */
const SINGLE = new Set([
  ...['authorization', 'content-encoding', 'content-length', 'content-type', 'host', 'idempotency-key'],
  ...['if-match', 'if-range', 'last-event-id', 'origin', 'range', 'sec-fetch-site', 'transfer-encoding'],
])

/** Refuses a request that says one thing twice. */
export const singleHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  const twice = repeatedHeader(rawHeadersOf(c.env))
  if (twice !== null)
    throw new HTTPException(400, { message: `The header "${twice}" is there more than once` })
  await next()
}

/** The first header that must not be repeated and is; `raw` has names and values in turn. */
export function repeatedHeader(raw: readonly string[]): string | null {
  const seen = new Set<string>()
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? ''
    if (!SINGLE.has(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return null
}

/** As they came over the connection; none in a request without one, as in tests. */
function rawHeadersOf(env: unknown): readonly string[] {
  const incoming = property(env, 'incoming')
  const raw = property(incoming, 'rawHeaders')
  return Array.isArray(raw) ? raw.map(String) : []
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

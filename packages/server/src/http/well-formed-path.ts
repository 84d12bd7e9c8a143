import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { AppEnv } from './environment.ts'

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

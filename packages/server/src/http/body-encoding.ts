import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { AppEnv } from './environment.ts'

/** What is put there may be of any type. */
const FILE_OF_SESSION = /^\/api\/v1\/sessions\/[^/]+\/files\/./s
const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/

/** Refuses a body that does not say that it is JSON, as it is: a form of another site may send anything but that. */
export const jsonBodies: MiddlewareHandler<AppEnv> = async (c, next) => {
  demandNoEncoding(c)
  if (isToBeJson(c)) demandJson(c.req.header('Content-Type') ?? '')
  await next()
}

/** Is the body to be JSON? */
export function isToBeJson(c: Context<AppEnv>): boolean {
  return hasBody(c) && !(c.req.method === 'PUT' && FILE_OF_SESSION.test(c.req.path))
}

function hasBody(c: Context<AppEnv>): boolean {
  const length = c.req.header('Content-Length')
  if (length !== undefined && length !== '0') return true
  return c.req.header('Transfer-Encoding') !== undefined || c.req.header('Content-Type') !== undefined
}

function demandNoEncoding(c: Context<AppEnv>): void {
  const encoding = c.req.header('Content-Encoding')
  if (encoding === undefined || /^(identity)?$/i.test(encoding.trim())) return
  c.header('Accept-Encoding', 'identity')
  throw new HTTPException(415, {
    message: `Send the body as it is, not with "Content-Encoding: ${encoding.slice(0, 100)}"`,
  })
}

function demandJson(header: string): void {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  if (!JSON_TYPE.test(type))
    throw new HTTPException(415, { message: `Send "application/json", not "${header.slice(0, 100)}"` })
  const charset = parameters.find((each) => /^charset\s*=/.test(each))?.replace(/^charset\s*=\s*/, '')
  if (charset === undefined || /^"?utf-?8"?$/.test(charset)) return
  throw new HTTPException(415, {
    message: `JSON is sent in UTF-8, not in ${JSON.stringify(charset.slice(0, 40))}`,
  })
}

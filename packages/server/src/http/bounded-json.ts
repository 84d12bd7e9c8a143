import { BODY_BOUNDS, checkJsonText, JsonBoundsError } from 'agentchat-sandbox-base/gate/json-text'
import type { MiddlewareHandler } from 'hono'
import { InvalidRequestError } from '../services/errors.ts'
import type { AppEnv } from './environment.ts'

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i

/** Is it the type of a body that is JSON? */
export function isJsonType(type: string | undefined): boolean {
  return JSON_TYPE.test(type ?? '')
}

/** Refuses JSON that is too deep or too much to parse, before anything is made of it. */
export const boundedJson: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isJsonType(c.req.header('Content-Type'))) {
    try {
      checkJsonText(await c.req.text(), BODY_BOUNDS)
    } catch (error) {
      if (!(error instanceof JsonBoundsError)) throw error
      throw new InvalidRequestError([{ path: error.path, problem: error.problem }])
    }
  }
  await next()
}

import { hc } from 'hono/client'
import type { App } from './api-routes.ts'
import type { ClientOptions } from './client-options.ts'

export type { ClientOptions }

/**
 * Every operation of the service, with the types of what goes in and what comes out. What is published as the types of
 * this module is made from the OpenAPI document instead, by the build, and needs nothing of the service.
 */
export type Client = ReturnType<typeof hc<App>>

/**
 * A client of the service.
 *
 * @example
 * ```ts
 * const client = createClient('http://127.0.0.1:8787', { apiKey })
 * const answer = await client.api.v1.executions.$post({ json: { code: '6 * 7' }, header: {} })
 * if (answer.status === 200) console.log((await answer.json()).result?.result)
 * ```
 */
export function createClient(baseUrl: string, options: ClientOptions = {}): Client {
  const { apiKey, headers = {}, fetch } = options
  return hc<App>(baseUrl, {
    headers: { ...headers, ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
    ...(fetch === undefined ? {} : { fetch }),
  })
}

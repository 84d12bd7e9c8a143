import type { Context, Handler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { demand } from '../../services/actor.ts'
import type { AppDeps, AppEnv } from '../environment.ts'
import { demandKnownHost } from '../known-host.ts'
import { isCrossSite } from '../middleware.ts'

/** Serves the Model Context Protocol. What speaks it is loaded at the first request. */
export function mcpHandler({
  services,
  logger,
  version,
  corsOrigins,
  createMcpServer: createServer,
}: AppDeps): Handler<AppEnv> {
  let loading: Promise<import('../mcp/endpoint.ts').Endpoint> | null = null
  const endpoint = () => {
    loading ??= import('../mcp/endpoint.ts').then(
      ({ Endpoint }) => new Endpoint({ services, logger, version, createServer }),
    )
    return loading
  }
  return async (c) => {
    demandKnownHost(c)
    demandOrigin(c, corsOrigins)
    const actor = c.get('actor')
    demand(actor, 'create', { resource: 'execution', id: '', ownership: 'own' })
    const body: unknown = c.req.method === 'POST' ? await c.req.json() : undefined
    return await (await endpoint()).answer({ request: c.req.raw, body, actor })
  }
}

/** The protocol wants pages of other sites refused, whatever they know. */
function demandOrigin(c: Context<AppEnv>, corsOrigins: readonly string[]): void {
  const origin = c.req.header('Origin')
  if (origin === undefined || corsOrigins.includes(origin) || !isCrossSite(c)) return
  throw new HTTPException(403, { message: 'Pages of other sites may not use this: AGENTCHAT_CORS_ORIGINS' })
}

import { isIP } from 'node:net'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { AppEnv } from './environment.ts'

/**
 * Refuses a request whose `Host` is a name that does not belong to this service. The page of an attacker reaches it
 * under the attacker's own name once that name leads here (DNS rebinding), and counts as the same site then. An address
 * or `localhost` cannot be such a name.
 */
export function demandKnownHost(c: Context<AppEnv>): void {
  const { hostname } = new URL(c.req.url)
  if (isKnownHost(hostname, c.get('deps').publicUrl)) return
  throw new HTTPException(421, {
    message: `This service does not answer to the name ${JSON.stringify(hostname.slice(0, 100))} here: AGENTCHAT_PUBLIC_URL says where browsers find it`,
  })
}

/** Reports whether browsers may use cookies at a host, written as in a URL. */
export function isKnownHost(hostname: string, publicUrl: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) !== 0 || hostname === 'localhost' || hostname === new URL(publicUrl).hostname
}

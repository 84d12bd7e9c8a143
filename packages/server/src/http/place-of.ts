import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { clientAddress } from './client-address.ts'
import type { AppEnv } from './environment.ts'

/** The address that a request comes from; behind trusted proxies the one that they tell. */
export function placeOf(c: Context<AppEnv>): string {
  return clientAddress(
    connectionOf(c),
    c.req.header('X-Forwarded-For'),
    c.get('deps').isTrustedProxy ?? nobody,
  )
}

const nobody = () => false

function connectionOf(c: Context<AppEnv>): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    // Without a connection, as in tests.
    return 'unknown'
  }
}

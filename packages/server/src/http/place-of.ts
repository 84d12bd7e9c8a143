import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { AppEnv } from './environment.ts'

/** Where a request comes from: the address of the connection. What headers say could be made up. */
export function placeOf(c: Context<AppEnv>): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    // Without a connection, as in tests.
    return 'unknown'
  }
}

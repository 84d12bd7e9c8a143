import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { parseHosts } from './hosts.ts'
import { decideAddress, decideHost, type NetDecision, type NetPolicy } from './net-policy.ts'

/** Where a connection that the host makes for somebody else may go. */
export interface NetGuard {
  /**
   * The addresses of `host` that may be connected to; connect to one of these, never to the name again.
   * @throws NetRefusedError
   */
  addressesOf(host: string, port: number): Promise<readonly string[]>
}

/** The connection may not be made, or there is no such host. */
export class NetRefusedError extends Error {
  override readonly name = 'NetRefusedError'
  readonly code = 'net-refused'
}

/**
 * Lets everything through that is public, by the rules of `denyNet`, and the hosts of `allow` wherever they are.
 * @throws InvalidOptionsError naming each entry of `allow` that cannot be read exactly
 */
export function createNetGuard({ allow }: { readonly allow: readonly string[] }): NetGuard {
  const open: NetPolicy = { allow: true, deny: parseHosts('denyNet', DEFAULT_DENY_NET) }
  const named: NetPolicy = { allow: parseHosts('allowNet', allow), deny: [] }
  return {
    async addressesOf(host, port) {
      const isNamed = decideHost(named, { host, port }).allowed
      const policy = isNamed ? named : open
      const decision = decideHost(policy, { host, port })
      if (!decision.allowed) throw new NetRefusedError(decision.reason)
      if (isIP(decision.host) !== 0) return [decision.host]
      const addresses = await lookup(decision.host, { all: true }).catch((error: unknown) => {
        throw new NetRefusedError(`Cannot connect to ${decision.value}: there is no such host`, {
          cause: error,
        })
      })
      const decisions = addresses.map(({ address }) => ({
        address,
        decision: decideAddress(policy, { host: decision.host, port }, address),
      }))
      const allowed = decisions.filter(({ decision }) => decision.allowed).map(({ address }) => address)
      const refused = decisions.map(({ decision }) => decision).find(isRefused)
      if (allowed.length === 0)
        throw new NetRefusedError(refused?.reason ?? `Cannot connect to ${decision.value}`)
      return allowed
    },
  }
}

function isRefused(decision: NetDecision): decision is NetDecision & { readonly allowed: false } {
  return !decision.allowed
}

import { isIP } from 'node:net'
import { Places } from '../places.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { parseHosts } from './hosts.ts'
import { lookUpName, type NameLookup } from './name-lookup.ts'
import { decideAddress, decideHost, type NetPolicy } from './net-policy.ts'

/** For whom a connection is made, and how long it may take to find out where to. */
export interface NetAsker {
  /** Names of one holder are looked up few at a time. */
  readonly holder: string
  readonly signal?: AbortSignal | undefined
}

/** Where a connection that the host makes for somebody else may go. */
export interface NetGuard {
  /**
   * The addresses of `host` that may be connected to; connect to one of these, never to the name again.
   * @throws NetRefusedError
   * @throws what the signal was aborted with
   */
  addressesOf(host: string, port: number, asker: NetAsker): Promise<readonly string[]>
}

/** The connection may not be made, or there is no such host: which of them is not told for a name. */
export class NetRefusedError extends Error {
  override readonly name = 'NetRefusedError'
  readonly code = 'net-refused'
}

const LOOKUPS_PER_HOLDER = 4
const MAX_WAITING = 100

/**
 * Lets everything through that is public, by the rules of `denyNet`, and the hosts of `allow` wherever they are.
 * @throws InvalidOptionsError naming each entry of `allow` that cannot be read exactly
 */
export function createNetGuard({
  allow,
  lookUp = lookUpName,
}: {
  readonly allow: readonly string[]
  readonly lookUp?: NameLookup
}): NetGuard {
  const open: NetPolicy = { allow: true, deny: parseHosts('denyNet', DEFAULT_DENY_NET) }
  const granted: NetPolicy = { allow: parseHosts('allowNet', allow), deny: [] }
  const shares = new Shares()
  return {
    async addressesOf(host, port, { holder, signal }) {
      const named = decideHost(granted, { host, port }).allowed
      const policy = named ? granted : open
      const decision = decideHost(policy, { host, port })
      if (!decision.allowed) throw new NetRefusedError(decision.reason)
      if (isIP(decision.host) !== 0) return [decision.host]
      const name = decision.host
      const addresses = await shares
        .use(holder, signal, () => lookUp(name, { named, signal }))
        .catch((cause: unknown) => {
          signal?.throwIfAborted()
          throw unreachable(decision.value, cause)
        })
      const allowed = addresses.filter((each) => decideAddress(policy, { host: name, port }, each).allowed)
      if (allowed.length === 0) throw unreachable(decision.value)
      return allowed
    },
  }
}

/** The same for a name that does not exist and one that leads inside: else this would be a way to ask for those. */
function unreachable(value: string, cause?: unknown): NetRefusedError {
  return new NetRefusedError(
    `Cannot connect to ${value}: there is no such host that is public, or that an administrator has allowed`,
    { cause },
  )
}

/** A few places for each holder, so that one who asks for names that nobody answers for delays nobody else. */
class Shares {
  readonly #places = new Map<string, { readonly places: Places; users: number }>()

  async use<Value>(
    holder: string,
    signal: AbortSignal | undefined,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const places = new Places({ max: LOOKUPS_PER_HOLDER, maxQueue: MAX_WAITING })
    const share = this.#places.get(holder) ?? { places, users: 0 }
    this.#places.set(holder, share)
    share.users += 1
    try {
      await share.places.take(signal)
      return await work().finally(() => share.places.free())
    } finally {
      share.users -= 1
      if (share.users === 0) this.#places.delete(holder)
    }
  }
}

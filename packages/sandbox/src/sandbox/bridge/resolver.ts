import { isIP } from 'node:net'
import { decideAddress, decideHost, type NetDecision, type NetPolicy } from '../permissions/net-policy.ts'
import { CallError } from './call-error.ts'
import { type NameLookup, NameQueue, systemLookup } from './name-queue.ts'
import type { BridgeUses } from './use-counter.ts'

/** Addresses that are remembered with their names, and names of each. */
const MAX_ADDRESSES = 1000
const MAX_NAMES = 20
/** Asked about in place of a port that is not known yet. */
const ANY_PORT = 443

/** What the policy says of a destination: the addresses that may be connected to, and how the receipt names it. */
export interface AllowedDestination {
  readonly addresses: readonly string[]
  readonly value: string
}

type Refusal = NetDecision & { readonly allowed: false }

/** Finds the addresses that may be connected to: the only way from a name to an address. */
export class Resolver {
  readonly #policy: NetPolicy
  readonly #uses: BridgeUses
  readonly #names: NameQueue
  /** The granted names that resolved to an address: programs resolve first, and connect to the address later. */
  readonly #namesOf = new Map<string, Set<string>>()

  constructor(policy: NetPolicy, uses: BridgeUses, lookup: NameLookup = systemLookup) {
    this.#policy = policy
    this.#uses = uses
    this.#names = new NameQueue(lookup)
  }

  /**
   * With `port` null only the name is asked about: it is granted when any of its ports is.
   * @throws CallError `denied`, naming host, address and option; `resolve` when there is no such name
   */
  async find(host: string, port: number | null): Promise<AllowedDestination> {
    const ports = port === null ? this.#portsOfGrants() : [port]
    const decisions = ports.map((each) => ({ port: each, decision: this.#decide(host, each) }))
    const { decision, port: asked } =
      decisions.find(({ decision }) => decision.allowed) ?? decisions[0] ?? never()
    const told = port === null ? ofName : (refused: Refusal) => refused
    if (!decision.allowed) throw this.#refusal(told(decision))
    if (isIP(decision.host) !== 0) return { addresses: [decision.host], value: decision.value }
    return { addresses: await this.#resolve(decision.host, asked, told), value: decision.value }
  }

  /** Names that wait to be looked up are not. */
  close(): void {
    this.#names.close()
  }

  #portsOfGrants(): number[] {
    const { allow } = this.#policy
    const ports = typeof allow === 'boolean' ? [] : allow.map(({ port }) => port ?? ANY_PORT)
    return [...new Set([...ports, ANY_PORT])]
  }

  /** An address is granted as the name that resolved to it last, if that is granted, or as itself. */
  #decide(host: string, port: number): NetDecision {
    const decision = decideHost(this.#policy, { host, port })
    if (!decision.allowed && decision.option === 'denyNet') return decision
    for (const name of [...(this.#namesOf.get(host) ?? [])].reverse()) {
      const named = decideAddress(this.#policy, { host: name, port }, host)
      if (named.allowed) return { ...named, host }
    }
    return decision
  }

  /** The addresses of a name that was granted, without those that are denied. */
  async #resolve(name: string, port: number, told: (refused: Refusal) => Refusal): Promise<string[]> {
    const decisions = (await this.#names.addressesOf(name)).map((address) => ({
      address,
      decision: decideAddress(this.#policy, { host: name, port }, address),
    }))
    const allowed = decisions.filter(({ decision }) => decision.allowed).map(({ address }) => address)
    const refused = decisions.find(({ decision }) => !decision.allowed)?.decision
    if (allowed.length === 0 && refused?.allowed === false) throw this.#refusal(told(refused))
    for (const address of allowed) this.#remember(address, name)
    return allowed
  }

  #refusal({ value, reason, option }: Refusal): CallError {
    const hint =
      option === 'allowNet'
        ? `Python may connect only to what the option "allowNet" grants, and that does not hold ${JSON.stringify(value)}`
        : `The option "denyNet" refuses ${JSON.stringify(value)} whatever "allowNet" grants; a list of your own, also an empty one, replaces its default`
    this.#uses.denied.add('net', value, hint)
    return new CallError('denied', reason)
  }

  #remember(address: string, name: string): void {
    const names = this.#namesOf.get(address)
    if (names !== undefined) {
      names.delete(name)
      if (names.size < MAX_NAMES) names.add(name)
    } else if (this.#namesOf.size < MAX_ADDRESSES) this.#namesOf.set(address, new Set([name]))
  }
}

/** Without the port, about which nobody has asked. */
function ofName(refused: Refusal): Refusal {
  const value = refused.value.replace(/(?::| port )\d+$/, '')
  const reason = refused.reason.replace(`Cannot connect to ${refused.value}`, () => `Cannot look up ${value}`)
  return { ...refused, value, reason }
}

function never(): never {
  throw new TypeError('Cannot decide: no port')
}

import { type Address, contains, parseAddress, parseIPv6 } from './addresses.ts'
import { rangeName } from './deny-ranges.ts'
import { addressesBehind, unmapped } from './embedded-addresses.ts'
import { quoted } from './entries.ts'
import { hostOfUrlParser } from './host-names.ts'
import { type HostEntry, hostText, inUrl } from './hosts.ts'

/** What may be connected to: whatever `allow` names (`true`: everything) and `deny` does not. Deny always wins. */
export interface NetPolicy {
  readonly allow: boolean | readonly HostEntry[]
  readonly deny: readonly HostEntry[]
}

/** Where a connection is to go: the host as it stands in a URL, in any spelling, and a port. */
export interface Destination {
  readonly host: string
  readonly port: number
}

/**
 * Whether a connection may be made. `value` is `host:port` for the receipt, in canonical spelling where the host has
 * one. Resolve or connect to `host` of the decision (an IPv6 address without brackets), never to the host that was
 * asked for: another parser may read that in another way. `reason` is for the Python exception.
 */
export type NetDecision =
  | { readonly allowed: true; readonly host: string; readonly value: string }
  | {
      readonly allowed: false
      readonly option: 'allowNet' | 'denyNet'
      readonly reason: string
      readonly value: string
    }

type Target = { kind: 'name'; name: string } | { kind: 'address'; address: Address }

const NAME = /^(?=.{1,253}$)[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*$/
/** What would end the host inside a URL, or what its parser silently drops. */
const FOREIGN = /[\p{C}\p{Z}/\\?#@:[\],]/u

/**
 * The decision before a name is resolved. A name that no entry grants must not be resolved: the question alone tells
 * the name's owner what it holds. Ranges and addresses of `allow` grant addresses that are written as such, not names
 * that resolve into them.
 */
export function decideHost(policy: NetPolicy, destination: Destination): NetDecision {
  const { port } = destination
  const target = targetOf(destination.host)
  if (target === null || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return refusal('allowNet', `${quoted(destination.host)} port ${port}`, 'that is not a host and a port')
  }
  const host = target.kind === 'name' ? target.name : inUrl(target.address)
  const value = `${host}:${port}`
  const missing = missingGrant(policy.allow, target, port)
  if (missing !== null) return refusal('allowNet', value, missing)
  if (target.kind === 'address') return decideResolved(policy, { value, port, target }, target.address)
  const denied = policy.deny.some((entry) => matches(entry, target, port))
  return denied ? refusal('denyNet', value, '"denyNet" names it') : { allowed: true, host, value }
}

/**
 * The decision after resolution, for each address on its own: connect only to an address that was allowed here.
 * Everything that `decideHost` refuses is refused here too.
 */
export function decideAddress(policy: NetPolicy, destination: Destination, address: string): NetDecision {
  const decision = decideHost(policy, destination)
  if (!decision.allowed) return decision
  const { value } = decision
  const resolved = parseAddress(address)
  if (resolved === null) return refusal('denyNet', value, `${quoted(address)} is not an address to check`)
  const target = targetOf(decision.host)
  if (target === null) return refusal('allowNet', value, 'that is not a host and a port')
  if (target.kind === 'address' && !sameAddress(target.address, unmapped(resolved))) {
    return refusal('allowNet', value, `${inUrl(resolved)} is another address`)
  }
  return decideResolved(policy, { value, port: destination.port, target }, resolved)
}

function decideResolved(
  { deny }: NetPolicy,
  { value, port, target }: { value: string; port: number; target: Target },
  address: Address,
): NetDecision {
  for (const each of addressesBehind(address)) {
    const entry = deny.find((entry) => matches(entry, { kind: 'address', address: each }, port))
    if (entry === undefined) continue
    const name = rangeName(hostText({ ...entry, port: null }))
    const said = name === null ? hostText(entry) : `${hostText(entry)}, ${name}`
    const subject = target.kind === 'name' ? `it resolves to ${inUrl(address)}` : `it is ${inUrl(address)}`
    const inner = sameAddress(each, address) ? '' : `, which leads to ${inUrl(each)}`
    return refusal('denyNet', value, `${subject}${inner}, and "denyNet" refuses that (${said})`)
  }
  const host = target.kind === 'name' ? target.name : inUrl(target.address).replace(/[[\]]/g, '')
  return { allowed: true, host, value }
}

/** What the text of a host means to the WHATWG URL parser, with an IPv4-mapped address as the IPv4 one. */
function targetOf(text: string): Target | null {
  const bare = parseIPv6(text)
  if (bare !== null) return { kind: 'address', address: unmapped(bare) }
  const inner = /^\[(.*)\]$/s.exec(text)?.[1]
  if (inner !== undefined) {
    const address = parseIPv6(inner)
    return address === null ? null : { kind: 'address', address: unmapped(address) }
  }
  if (FOREIGN.test(text)) return null
  const host = hostOfUrlParser(text)?.replace(/\.$/, '')
  if (host === undefined) return null
  const address = parseAddress(host)
  if (address !== null) return { kind: 'address', address }
  return NAME.test(host) ? { kind: 'name', name: host } : null
}

function missingGrant(allow: NetPolicy['allow'], target: Target, port: number): string | null {
  if (allow === true) return null
  if (allow === false || allow.length === 0) return '"allowNet" grants no host'
  if (allow.some((entry) => matches(entry, target, port))) return null
  const ports = allow
    .filter((entry) => matches({ ...entry, port: null }, target, port))
    .map(({ port }) => port)
  return ports.length > 0
    ? `"allowNet" grants it only on port ${ports.join(', ')}`
    : '"allowNet" does not name it'
}

function matches(entry: HostEntry, target: Target, port: number): boolean {
  if (entry.port !== null && entry.port !== port) return false
  if (target.kind === 'name') return entry.kind === 'name' && entry.name === target.name
  if (entry.kind === 'address') return sameAddress(entry.address, target.address)
  return entry.kind === 'range' && contains(entry.range, target.address)
}

function sameAddress(one: Address, other: Address): boolean {
  return one.version === other.version && one.value === other.value
}

function refusal(option: 'allowNet' | 'denyNet', value: string, why: string): NetDecision {
  return { allowed: false, option, reason: `Cannot connect to ${value}: ${why}`, value }
}

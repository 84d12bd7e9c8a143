import {
  type Address,
  type AddressRange,
  addressText,
  baseOf,
  parseIPv4,
  parseIPv6,
  widthOf,
} from './addresses.ts'
import { unmapped } from './embedded-addresses.ts'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'
import { canonicalName } from './host-names.ts'

/**
 * One entry of `allowNet` or `denyNet`. `port` is from 1 to 65535; null means every port. An IPv4-mapped IPv6
 * address is the IPv4 address, and a range of one address is that address.
 */
export type HostEntry =
  | { readonly kind: 'name'; readonly name: string; readonly port: number | null }
  | { readonly kind: 'address'; readonly address: Address; readonly port: number | null }
  | { readonly kind: 'range'; readonly range: AddressRange; readonly port: number | null }

/** Host, prefix length, port; the host without a colon unless it stands in brackets. */
const ENTRY = /^(?<host>\[[^[\]]*\]|[^:/[\]]+)(?:\/(?<prefix>[^:/]*))?(?::(?<port>[^:/]*))?$/
const PREFIX = /^(?:0|[1-9]\d{0,2})$/
const PORT = /^[1-9]\d{0,4}$/
const MAPPED_PREFIX = 96

/**
 * Parses the list option `option`; entries that say the same are returned once.
 * @throws InvalidOptionsError naming each entry that cannot be read exactly
 */
export function parseHosts(option: string, entries: readonly string[]): HostEntry[] {
  const parsed = parseEntries(option, entries, parseHost)
  return [...new Map(parsed.map((entry) => [hostText(entry), entry])).values()]
}

/**
 * Parses one entry: `example.com`, `10.0.0.1:8080`, `[::1]:80`, `10.0.0.0/8`, `fc00::/7`, `[fc00::]/7:443`.
 * @throws EntryRefusal when it is anything else, or means different things to different programs
 */
export function parseHost(text: string): HostEntry {
  refuseForeignText(text)
  const { host, prefix, port: portText } = ENTRY.exec(inBrackets(text))?.groups ?? {}
  if (host === undefined)
    throw new EntryRefusal('is not a host name, an address or a range with an optional port')
  const port = portText === undefined ? null : parsePort(portText)
  const address = host.startsWith('[') ? bracketed(host.slice(1, -1)) : parseIPv4(host)
  if (address === null) {
    if (prefix !== undefined)
      throw new EntryRefusal(`names a path; grant the whole host: write ${quoted(host)}`)
    return { kind: 'name', name: canonicalName(host), port }
  }
  if (prefix === undefined) return { kind: 'address', address: unmapped(address), port }
  const range = unmappedRange(parseRange(address, prefix))
  const { base } = range
  return range.prefix === widthOf(base.version)
    ? { kind: 'address', address: base, port }
    : { kind: 'range', range, port }
}

/** The canonical text of an entry, which `parseHost` reads back as the same entry. */
export function hostText(entry: HostEntry): string {
  const port = entry.port === null ? '' : `:${entry.port}`
  switch (entry.kind) {
    case 'name':
      return entry.name + port
    case 'address':
      return inUrl(entry.address) + port
    case 'range': {
      const { base, prefix } = entry.range
      return `${port === '' ? addressText(base) : inUrl(base)}/${prefix}${port}`
    }
    default:
      return entry satisfies never
  }
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function inUrl(address: Address): string {
  return address.version === 4 ? addressText(address) : `[${addressText(address)}]`
}

function refuseForeignText(text: string): void {
  if (/[\p{C}\p{Z}]/u.test(text)) throw new EntryRefusal('holds a space, a control or an invisible character')
  if (text.includes(',')) throw new EntryRefusal('holds a comma; make each host an entry of its own')
  if (text.includes('*')) throw new EntryRefusal('holds a wildcard; name each host')
  if (text.includes('://')) throw new EntryRefusal(`is a URL; write only its host${hint(text)}`)
  if (text.includes('@'))
    throw new EntryRefusal(`holds user information; write only the host${hint(`http://${text}`)}`)
  if (/[\\?#%]/.test(text)) throw new EntryRefusal('holds a character that no host name has')
}

function hint(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : ''
  return host === '' ? '' : `: "${host}"`
}

/** Lets `fc00::/7` through, which can only be a range; refuses `::1`, whose end could as well be a port. */
function inBrackets(text: string): string {
  if (text.includes('[') || text.split(':').length < 3) return text
  const [host = '', ...rest] = text.split('/')
  if (parseIPv6(host) === null) return text
  if (rest.length === 0) throw new EntryRefusal(`is an IPv6 address without brackets; write "[${text}]"`)
  return [`[${host}]`, ...rest].join('/')
}

function bracketed(text: string): Address {
  if (parseIPv4(text) !== null) throw new EntryRefusal(`is an IPv4 address in brackets; write "${text}"`)
  const address = parseIPv6(text)
  if (address === null) throw new EntryRefusal('does not hold an IPv6 address between its brackets')
  return address
}

function parsePort(text: string): number {
  if (!PORT.test(text) || Number(text) > 65_535) {
    throw new EntryRefusal(`has no valid port after its colon: a number from 1 to 65535 is needed`)
  }
  return Number(text)
}

function parseRange(address: Address, prefixText: string): AddressRange {
  const width = widthOf(address.version)
  if (!PREFIX.test(prefixText) || Number(prefixText) > width) {
    throw new EntryRefusal(`has no valid length after its slash: a number from 0 to ${width} is needed`)
  }
  const prefix = Number(prefixText)
  const base = baseOf(address, prefix)
  if (base.value === address.value) return { base, prefix }
  throw new EntryRefusal(
    `sets bits behind the first ${prefix}; write "${addressText(base)}/${prefix}" for the range ` +
      `or "${inUrl(address)}" for the address`,
  )
}

function unmappedRange({ base, prefix }: AddressRange): AddressRange {
  const inner = unmapped(base)
  if (inner.version === base.version || prefix < MAPPED_PREFIX) return { base, prefix }
  return { base: inner, prefix: prefix - MAPPED_PREFIX }
}

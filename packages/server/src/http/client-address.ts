import { BlockList, isIP, isIPv4 } from 'node:net'

/** Addresses in CIDR notation; one address is a range of itself. */
interface AddressRange {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reports whether an address belongs to a proxy that the operator trusts. */
export type TrustedProxies = (address: string) => boolean

/** More proxies than this never stand in a row; what a longer header says is not read. */
const MAX_HOPS = 32
/** `[` and an IPv6 address and `]:65535`. */
const MAX_ENTRY_CHARS = 60

/** Parses `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`; null when the text is none of these. */
export function parseAddressRange(text: string): AddressRange | null {
  const match = /^([\da-f.:]{2,45})(?:\/(\d{1,3}))?$/i.exec(text)
  const [, address = '', digits] = match ?? []
  const version = isIP(address)
  if (version === 0 || mappedIPv4(address) !== null) return null
  const bits = version === 4 ? 32 : 128
  const prefix = digits === undefined ? bits : Number(digits)
  return prefix > bits ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** The proxies within these addresses and ranges. @throws RangeError for one that is neither */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const text of ranges) {
    const range = parseAddressRange(text)
    if (range === null)
      throw new RangeError(`Cannot trust the proxy "${text}": it is no address and no range`)
    list.addSubnet(range.address, range.prefix, range.family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/**
 * The address of a client: that of the connection, or where a trusted proxy connects the last one of `X-Forwarded-For`
 * that is not a trusted proxy itself. Everything to the left of it may be made up by the client.
 */
export function clientAddress(
  connection: string,
  forwardedFor: string | undefined,
  isTrusted: TrustedProxies,
): string {
  let address = addressIn(connection) ?? connection
  let end = forwardedFor?.length ?? 0
  for (let hop = 0; hop < MAX_HOPS && end > 0 && isTrusted(address); hop += 1) {
    const comma = forwardedFor?.lastIndexOf(',', end - 1) ?? -1
    const before = addressIn(forwardedFor?.slice(comma + 1, end) ?? '')
    if (before === null) break
    address = before
    end = comma
  }
  return address
}

/** The address in an entry such as `192.0.2.7`, `192.0.2.7:4711` or `[2001:db8::1]:4711`, in its canonical spelling. */
function addressIn(entry: string): string | null {
  const text = entry.length > 200 ? '' : entry.trim()
  if (text.length > MAX_ENTRY_CHARS) return null
  const bare =
    /^\[([\da-f.:]+)\](?::\d{1,5})?$/i.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  if (isIPv4(bare)) return bare
  if (isIP(bare) === 0 || bare.includes('%')) return null
  return mappedIPv4(bare) ?? new URL(`http://[${bare}]`).hostname.slice(1, -1)
}

/** The IPv4 address within an IPv4-mapped one, as a socket of both families shows it. */
function mappedIPv4(address: string): string | null {
  if (!isIP(address) || !address.includes(':') || address.includes('%')) return null
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high = '', low = ''] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical) ?? []
  if (low === '') return null
  const bytes = [high, low].flatMap((word) => [
    Number.parseInt(word, 16) >> 8,
    Number.parseInt(word, 16) & 255,
  ])
  return bytes.join('.')
}

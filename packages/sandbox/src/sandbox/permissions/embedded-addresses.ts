import { late } from '../../protocol/late.ts'
import { type Address, type AddressRange, contains, parseIPv6 } from './addresses.ts'

/** One way in which an IPv6 address carries an IPv4 address. */
interface Embedding {
  readonly range: AddressRange
  readonly inner: (value: bigint) => readonly bigint[]
}

const IPV4_BITS = 0xffff_ffffn
const lastBits = (value: bigint): bigint[] => [value & IPV4_BITS]

const mapped = late(() => rangeAt('::ffff:0:0', 96))

const embeddings = late((): readonly Embedding[] => [
  { range: mapped(), inner: lastBits },
  // IPv4-compatible (RFC 4291, deprecated); "::" and "::1" are of their own kind.
  { range: rangeAt('::', 96), inner: (value) => (value > 1n ? lastBits(value) : []) },
  // IPv4-translated (RFC 2765).
  { range: rangeAt('::ffff:0:0:0', 96), inner: lastBits },
  // NAT64, well-known prefix (RFC 6052).
  { range: rangeAt('64:ff9b::', 96), inner: lastBits },
  { range: rangeAt('64:ff9b:1::', 48), inner: localNat64 },
  // 6to4 (RFC 3056).
  { range: rangeAt('2002::', 16), inner: (value) => [(value >> 80n) & IPV4_BITS] },
  // Teredo (RFC 4380): the server, and the client with every bit turned round.
  {
    range: rangeAt('2001::', 32),
    inner: (value) => [(value >> 64n) & IPV4_BITS, (value & IPV4_BITS) ^ IPV4_BITS],
  },
  // ISATAP (RFC 5214): any prefix, told by its interface identifier.
  { range: rangeAt('::', 0), inner: isatap },
])

/** An IPv4-mapped IPv6 address as the IPv4 address that a connection to it reaches; any other unchanged. */
export function unmapped(address: Address): Address {
  return contains(mapped(), address) ? { version: 4, value: address.value & IPV4_BITS } : address
}

/**
 * The address itself, then every other address that a packet to it may end at: the IPv4 addresses inside a mapped,
 * compatible, translated, NAT64, 6to4, Teredo or ISATAP address, and loopback for the unspecified one, because that
 * is where Linux and macOS connect it to. A refusal must hold for each of them.
 */
export function addressesBehind(address: Address): Address[] {
  const inner = embeddings()
    .filter(({ range }) => contains(range, address))
    .flatMap(({ inner }) => inner(address.value))
    .map((value): Address => ({ version: 4, value }))
  return [address, ...inner].flatMap((each) => [each, ...loopbackOf(each)])
}

/** A network's own NAT64 prefix (RFC 8215) may have any length of RFC 6052: every reading is possible. */
function localNat64(value: bigint): bigint[] {
  const withoutReserved = (high: bigint, low: bigint) => (high << low) | ((value >> (56n - low)) & mask(low))
  return [
    withoutReserved((value >> 64n) & mask(16n), 16n),
    withoutReserved((value >> 64n) & mask(8n), 24n),
    (value >> 24n) & IPV4_BITS,
    value & IPV4_BITS,
  ].filter((inner) => inner !== 0n)
}

function isatap(value: bigint): bigint[] {
  const identifier = (value >> 32n) & IPV4_BITS
  return identifier === 0x5efen || identifier === 0x0200_5efen ? lastBits(value) : []
}

function loopbackOf({ version, value }: Address): Address[] {
  if (value !== 0n) return []
  return [version === 4 ? { version, value: 0x7f00_0001n } : { version, value: 1n }]
}

function mask(bits: bigint): bigint {
  return (1n << bits) - 1n
}

function rangeAt(text: string, prefix: number): AddressRange {
  const base = parseIPv6(text)
  if (base === null) throw new TypeError(`Cannot parse "${text}": not an IPv6 address`)
  return { base, prefix }
}

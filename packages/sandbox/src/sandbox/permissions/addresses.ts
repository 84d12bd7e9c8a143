/** One IP address as a number: 32 bits for version 4, 128 bits for version 6. */
export interface Address {
  readonly version: 4 | 6
  readonly value: bigint
}

/** All addresses that share the first `prefix` bits of `base`, whose other bits are zero. */
export interface AddressRange {
  readonly base: Address
  readonly prefix: number
}

const DECIMAL_BYTE = /^(?:0|[1-9]\d{0,2})$/
const HEX_GROUP = /^[\da-f]{1,4}$/i
const GROUPS = 8

/** Bits of an address of this version. */
export function widthOf(version: 4 | 6): 32 | 128 {
  return version === 4 ? 32 : 128
}

/** Reads four decimal numbers with dots, without leading zeros; null for every other spelling. */
export function parseIPv4(text: string): Address | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  let value = 0n
  for (const part of parts) {
    if (!DECIMAL_BYTE.test(part) || Number(part) > 255) return null
    value = (value << 8n) | BigInt(part)
  }
  return { version: 4, value }
}

/** Reads the forms of RFC 4291, without brackets and without a zone; null for everything else. */
export function parseIPv6(text: string): Address | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [headText = '', tailText] = halves
  const head = groupsOf(headText, tailText === undefined)
  const tail = tailText === undefined ? [] : groupsOf(tailText, true)
  if (head === null || tail === null) return null
  const missing = GROUPS - head.length - tail.length
  if (tailText === undefined ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...tail]
  return { version: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) }
}

/** Reads an address of either version, an IPv6 one without brackets; null for everything else. */
export function parseAddress(text: string): Address | null {
  return parseIPv4(text) ?? parseIPv6(text)
}

/** The one canonical spelling (RFC 5952, and what the WHATWG URL parser writes), without brackets. */
export function addressText({ version, value }: Address): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    Number((value >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn),
  )
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** Whether `address` lies in `range`. Versions never mix: an IPv6 range holds no IPv4 address. */
export function contains({ base, prefix }: AddressRange, address: Address): boolean {
  if (base.version !== address.version) return false
  const hostBits = BigInt(widthOf(base.version) - prefix)
  return base.value >> hostBits === address.value >> hostBits
}

/** `address` with everything after its first `prefix` bits set to zero. */
export function baseOf({ version, value }: Address, prefix: number): Address {
  const hostBits = BigInt(widthOf(version) - prefix)
  return { version, value: (value >> hostBits) << hostBits }
}

function groupsOf(text: string, mayEndInIPv4: boolean): bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1) ?? ''
  const embedded = mayEndInIPv4 && last.includes('.') ? parseIPv4(last) : null
  const hex = embedded === null ? parts : parts.slice(0, -1)
  if (!hex.every((part) => HEX_GROUP.test(part))) return null
  const groups = hex.map((part) => BigInt(`0x${part}`))
  return embedded === null ? groups : [...groups, embedded.value >> 16n, embedded.value & 0xffffn]
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let run = { start: 0, length: 0 }
  for (const [index, group] of groups.entries()) {
    run = group === 0 ? { start: run.start, length: run.length + 1 } : { start: index + 1, length: 0 }
    if (run.length > best.length) best = run
  }
  return best
}

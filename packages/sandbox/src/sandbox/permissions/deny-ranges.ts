import { late } from '../../protocol/late.ts'
import { hostText, parseHost } from './hosts.ts'

/** Addresses that are not the public internet: text of the range, what it is, and who says so. */
interface DenyRange {
  readonly text: string
  readonly name: string
  readonly source: string
}

/**
 * The IANA special-purpose address registries, multicast, and the metadata services of cloud providers. Single
 * addresses stand before the range around them, so that a refusal names the more telling one.
 */
const DENY_RANGES: readonly DenyRange[] = [
  { text: '169.254.169.254', name: 'cloud metadata', source: 'AWS, Azure, Google Cloud and others' },
  { text: '169.254.170.2', name: 'cloud metadata', source: 'AWS ECS task credentials' },
  { text: '169.254.170.23', name: 'cloud metadata', source: 'AWS EKS pod identity' },
  { text: '100.100.100.200', name: 'cloud metadata', source: 'Alibaba Cloud' },
  { text: '192.0.0.192', name: 'cloud metadata', source: 'Oracle Cloud Classic' },
  { text: '168.63.129.16', name: 'cloud metadata', source: 'Azure WireServer, a public address' },
  { text: '[fd00:ec2::254]', name: 'cloud metadata', source: 'AWS' },
  { text: '[fd00:ec2::23]', name: 'cloud metadata', source: 'AWS EKS pod identity' },
  { text: '[fd20:ce::254]', name: 'cloud metadata', source: 'Google Cloud' },

  { text: '0.0.0.0/8', name: 'this network', source: 'RFC 791' },
  { text: '10.0.0.0/8', name: 'private', source: 'RFC 1918' },
  { text: '100.64.0.0/10', name: 'shared by carriers (CGNAT)', source: 'RFC 6598' },
  { text: '127.0.0.0/8', name: 'loopback', source: 'RFC 1122' },
  { text: '169.254.0.0/16', name: 'link-local', source: 'RFC 3927' },
  { text: '172.16.0.0/12', name: 'private', source: 'RFC 1918' },
  { text: '192.0.0.0/24', name: 'protocol assignments', source: 'RFC 6890' },
  { text: '192.0.2.0/24', name: 'documentation', source: 'RFC 5737' },
  { text: '192.88.99.0/24', name: '6to4 relay', source: 'RFC 7526' },
  { text: '192.168.0.0/16', name: 'private', source: 'RFC 1918' },
  { text: '198.18.0.0/15', name: 'benchmarking', source: 'RFC 2544' },
  { text: '198.51.100.0/24', name: 'documentation', source: 'RFC 5737' },
  { text: '203.0.113.0/24', name: 'documentation', source: 'RFC 5737' },
  { text: '224.0.0.0/4', name: 'multicast', source: 'RFC 1112' },
  { text: '255.255.255.255', name: 'broadcast', source: 'RFC 919' },
  { text: '240.0.0.0/4', name: 'reserved', source: 'RFC 1112' },

  { text: '[::]', name: 'unspecified', source: 'RFC 4291' },
  { text: '[::1]', name: 'loopback', source: 'RFC 4291' },
  // The mapped range ::ffff:0:0/96 is missing on purpose: it is IPv4, and checked as such.
  { text: '::/96', name: 'IPv4-compatible', source: 'RFC 4291' },
  { text: '::ffff:0:0:0/96', name: 'IPv4-translated', source: 'RFC 2765' },
  { text: '64:ff9b:1::/48', name: 'local NAT64', source: 'RFC 8215' },
  { text: '100::/64', name: 'discard', source: 'RFC 6666' },
  { text: '100:0:0:1::/64', name: 'dummy prefix', source: 'RFC 9780' },
  { text: '200::/7', name: 'reserved', source: 'RFC 4048' },
  { text: '2001::/32', name: 'Teredo', source: 'RFC 4380' },
  { text: '2001:2::/48', name: 'benchmarking', source: 'RFC 5180' },
  { text: '2001:10::/28', name: 'ORCHID', source: 'RFC 4843' },
  { text: '2001:20::/28', name: 'ORCHID', source: 'RFC 7343' },
  { text: '2001::/23', name: 'protocol assignments', source: 'RFC 2928' },
  { text: '2001:db8::/32', name: 'documentation', source: 'RFC 3849' },
  { text: '3fff::/20', name: 'documentation', source: 'RFC 9637' },
  { text: '5f00::/16', name: 'segment routing', source: 'RFC 9602' },
  { text: 'fc00::/7', name: 'unique-local', source: 'RFC 4193' },
  { text: 'fe80::/10', name: 'link-local', source: 'RFC 4291' },
  { text: 'fec0::/10', name: 'site-local', source: 'RFC 3879' },
  { text: 'ff00::/8', name: 'multicast', source: 'RFC 4291' },
]

const names = late(() => new Map(DENY_RANGES.map(({ text, name }) => [hostText(parseHost(text)), name])))

/** What `denyNet` is when nobody says otherwise, as entries that a caller may spread into a longer list. */
export const DEFAULT_DENY_NET: readonly string[] = Object.freeze(DENY_RANGES.map(({ text }) => text))

/** What the range or address with this canonical text is known as, such as `loopback`; null when it has no name. */
export function rangeName(text: string): string | null {
  return names().get(text) ?? null
}

import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { policy } from '../../../test/fixtures/net-policy.ts'
import { addressText, parseAddress } from './addresses.ts'
import { type HostEntry, hostText, parseHost } from './hosts.ts'
import { decideAddress, decideHost } from './net-policy.ts'

const names = fc.constantFrom('a.example', 'b.example', 'c.a.example', 'A.EXAMPLE.')
const ipv4 = fc.oneof(fc.ipV4(), fc.constantFrom('127.0.0.1', '10.0.0.1', '8.8.8.8', '0.0.0.0'))
const ipv6 = fc.oneof(fc.ipV6(), fc.constantFrom('::1', '::', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'fc00::1'))
const ports = fc.constantFrom(22, 80, 443)
const hosts = fc.oneof(
  names,
  ipv4,
  ipv6.map((text) => `[${text}]`),
)
const ranges = fc.constantFrom(
  '10.0.0.0/8',
  '0.0.0.0/0',
  '127.0.0.0/8',
  '128.0.0.0/1',
  '::/0',
  'fc00::/7',
  '2000::/3',
)
const entries = fc
  .tuple(fc.oneof(hosts, ranges), fc.option(ports))
  .map(([text, port]) =>
    port === null ? text : `${text.includes('::/') ? text.replace(/^(.*)\//, '[$1]/') : text}:${port}`,
  )
const lists = fc.array(entries, { maxLength: 4 })

/**
 * Whether one of the entries holds this address on this port, as Node's own list of addresses sees it. Only entries
 * of the same version are asked: to Node an IPv6 range holds IPv4 addresses too, in their mapped form.
 */
function nodeSays(list: readonly HostEntry[], address: string, port: number): boolean {
  const block = new BlockList()
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  for (const entry of list) {
    if (entry.kind === 'name' || (entry.port !== null && entry.port !== port)) continue
    const { base, prefix } = entry.kind === 'range' ? entry.range : { base: entry.address, prefix: null }
    if (`ipv${base.version}` !== family) continue
    if (prefix === null) block.addAddress(addressText(base), family)
    else block.addSubnet(addressText(base), prefix, family)
  }
  return block.check(address, family)
}

test('decideAddress() allows only what the list names, and nothing that denyNet holds', () => {
  let allowed = 0
  fc.assert(
    fc.property(
      fc.oneof(fc.boolean(), lists),
      lists,
      hosts,
      ipv4,
      ports,
      (allow, deny, host, resolved, port) => {
        const rules = policy(allow, deny)
        const entry = parseHost(host)
        const address = entry.kind === 'address' ? addressText(entry.address) : resolved
        const decision = decideAddress(rules, { host, port }, address)
        if (!decision.allowed) return
        allowed += 1
        expect(nodeSays(rules.deny, address, port)).toBe(false)
        if (rules.allow === true) return
        const list = rules.allow === false ? [] : rules.allow
        const named = list.some(({ port: only, ...each }) => {
          return (only === null || only === port) && hostText({ ...each, port: null }) === hostText(entry)
        })
        expect(named || (entry.kind === 'address' && nodeSays(list, address, port))).toBe(true)
      },
    ),
    { numRuns: 10_000 },
  )
  expect(allowed).toBeGreaterThan(1000)
})

test('decideHost() lets no spelling of an address past denyNet', () => {
  const octets = fc.tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255))
  const base = fc.constantFrom(
    (n: number) => `${n}`,
    (n: number) => `0${n.toString(8)}`,
    (n: number) => `0x${n.toString(16)}`,
    (n: number) => `0X000${n.toString(16)}`,
  )
  const spelling = fc
    .tuple(octets, fc.integer({ min: 1, max: 4 }), base, fc.boolean())
    .map(([bytes, count, spell, dot]) => {
      const head = bytes.slice(0, count - 1)
      const rest = bytes.slice(count - 1).reduce((all, byte) => all * 256 + byte, 0)
      return [...head, rest].map(spell).join('.') + (dot ? '.' : '')
    })
  const rules = policy(true)
  fc.assert(
    fc.property(spelling, (host) => {
      expect(decideHost(rules, { host, port: 80 })).toMatchObject({ allowed: false, option: 'denyNet' })
    }),
    { numRuns: 10_000 },
  )
})

test('decideHost() connects only to a host that is plain text and its own canonical form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webAuthority(), fc.domain()), (host) => {
      const decision = decideHost(policy(true, []), { host, port: 80 })
      if (!decision.allowed) return
      expect(decision.host).toMatch(/^[a-z\d_.:-]+$/)
      expect(decideHost(policy(true, []), { host: decision.host, port: 80 })).toEqual(decision)
      if (parseAddress(decision.host) === null)
        expect(new URL(`http://${decision.host}/`).hostname).toBe(decision.host)
    }),
    { numRuns: 10_000 },
  )
})

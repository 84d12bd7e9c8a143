import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressText, parseAddress } from './addresses.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { type HostEntry, hostText, parseHost, parseHosts } from './hosts.ts'
import { decideAddress, decideHost, type NetPolicy } from './net-policy.ts'

function policy(allow: boolean | string[], deny: readonly string[] = DEFAULT_DENY_NET): NetPolicy {
  return {
    allow: typeof allow === 'boolean' ? allow : parseHosts('allowNet', allow),
    deny: parseHosts('denyNet', deny),
  }
}

describe('decideHost()', () => {
  test.each([
    [true, [], 'anything.example', 1],
    [['api.example'], [], 'api.example', 443],
    [['api.example'], [], 'API.example.', 80],
    [['api.example'], [], 'ａｐｉ.example', 80],
    [['api.example'], [], 'a%70i.example', 80],
    [['münchen.de'], [], 'xn--mnchen-3ya.de', 80],
    [['xn--mnchen-3ya.de'], [], 'München.de', 80],
    [['api.example:443'], [], 'api.example', 443],
    [['127.0.0.1'], [], '127.0.0.1', 80],
    [['127.0.0.1'], [], '0x7f.1', 80],
    [['127.0.0.1'], [], '2130706433', 80],
    [['127.0.0.1'], [], '[::ffff:127.0.0.1]', 80],
    [['[::ffff:127.0.0.1]'], [], '127.0.0.1', 80],
    [['[::1]'], [], '[0:0:0:0:0:0:0:1]', 80],
    [['[::1]'], [], '::1', 80],
    [['10.0.0.0/8'], [], '10.1.2.3', 80],
    [true, ['10.0.0.0/8:22'], '10.1.2.3', 80],
    [true, ['evil.example:80'], 'evil.example', 443],
  ])('allowNet %j without %j allows %s port %i', (allow, deny, host, port) => {
    expect(decideHost(policy(allow, deny), { host, port })).toMatchObject({ allowed: true })
  })

  test.each([
    [
      false,
      [],
      'api.example',
      443,
      'allowNet',
      'Cannot connect to api.example:443: "allowNet" grants no host',
    ],
    [[], [], 'api.example', 443, 'allowNet', '"allowNet" grants no host'],
    [['api.example'], [], 'www.api.example', 443, 'allowNet', '"allowNet" does not name it'],
    [['api.example'], [], 'example', 443, 'allowNet', '"allowNet" does not name it'],
    [['api.example'], [], 'api.example.evil.example', 443, 'allowNet', '"allowNet" does not name it'],
    [['api.example:443'], [], 'api.example', 80, 'allowNet', '"allowNet" grants it only on port 443'],
    [['10.0.0.0/8'], [], 'ten.example', 80, 'allowNet', '"allowNet" does not name it'],
    [['8.8.8.8'], [], '64:ff9b::8.8.8.8', 80, 'allowNet', '"allowNet" does not name it'],
    [['::/0'], [], '8.8.8.8', 80, 'allowNet', '"allowNet" does not name it'],
    [['127.0.0.1'], DEFAULT_DENY_NET, '127.0.0.1', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [['10.0.0.0/8'], DEFAULT_DENY_NET, '10.0.0.1', 80, 'denyNet', '10.0.0.0/8, private'],
    [true, DEFAULT_DENY_NET, '0x7f.1', 80, 'denyNet', 'Cannot connect to 127.0.0.1:80: it is 127.0.0.1'],
    [true, DEFAULT_DENY_NET, '0177.0.0.01', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, DEFAULT_DENY_NET, '2130706433', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, DEFAULT_DENY_NET, '127.1', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, DEFAULT_DENY_NET, '①27.0.0.1', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, DEFAULT_DENY_NET, '127.0.0.1.', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, DEFAULT_DENY_NET, '[::ffff:7f00:1]', 80, 'denyNet', '127.0.0.0/8, loopback'],
    [true, ['127.0.0.0/8'], '0.0.0.0', 80, 'denyNet', 'which leads to 127.0.0.1'],
    [true, ['[::1]'], '::', 80, 'denyNet', 'which leads to [::1]'],
    [true, ['127.0.0.0/8'], '64:ff9b::7f00:1', 80, 'denyNet', 'which leads to 127.0.0.1'],
    [true, ['evil.example'], 'EVIL.example.', 80, 'denyNet', '"denyNet" names it'],
    [['evil.example'], ['evil.example'], 'evil.example', 80, 'denyNet', '"denyNet" names it'],
    [true, ['10.0.0.0/8:22'], '10.0.0.1', 22, 'denyNet', '10.0.0.0/8:22, private'],
    [true, ['8.8.8.0/24'], '8.8.8.8', 22, 'denyNet', '(8.8.8.0/24)'],
  ])('allowNet %j without %j refuses %s port %i', (allow, deny, host, port, option, reason) => {
    const decision = decideHost(policy(allow, deny), { host, port })
    expect(decision).toMatchObject({ allowed: false, option, reason: expect.stringContaining(reason) })
  })

  test.each([
    ['', 80],
    ['a b', 80],
    ['exa\tmple.com', 80],
    ['exa\nmple.com', 80],
    ['a\0b', 80],
    ['user@example.com', 80],
    ['example.com:80', 80],
    ['example.com/x', 80],
    ['example.com\\x', 80],
    ['example.com?x', 80],
    ['example.com#x', 80],
    ['a,b', 80],
    ['a..b', 80],
    ['[::1', 80],
    ['[::1%lo]', 80],
    ['[127.0.0.1]', 80],
    ['256.1.1.1', 80],
    ['xn--a', 80],
    ['example.com', 0],
    ['example.com', 65_536],
    ['example.com', 80.5],
    ['example.com', Number.NaN],
  ])('refuses %j port %d even when all is allowed', (host, port) => {
    expect(decideHost(policy(true, []), { host, port })).toMatchObject({
      allowed: false,
      option: 'allowNet',
      reason: expect.stringContaining('that is not a host and a port'),
    })
  })

  test('gives the canonical host to connect to, and host:port for the receipt', () => {
    const all = policy(true, [])
    expect(decideHost(all, { host: 'Example.COM.', port: 80 })).toEqual({
      allowed: true,
      host: 'example.com',
      value: 'example.com:80',
    })
    expect(decideHost(all, { host: '[0::1]', port: 80 })).toEqual({
      allowed: true,
      host: '::1',
      value: '[::1]:80',
    })
  })
})

describe('decideAddress()', () => {
  const destination = { host: 'api.example', port: 443 }

  test.each(['93.184.215.14', '2606:4700::1', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    'allows %s',
    (address) => {
      expect(decideAddress(policy(['api.example']), destination, address)).toEqual({
        allowed: true,
        host: 'api.example',
        value: 'api.example:443',
      })
    },
  )

  test.each([
    ['127.0.0.1', 'it resolves to 127.0.0.1, and "denyNet" refuses that (127.0.0.0/8, loopback)'],
    ['::1', 'it resolves to [::1], and "denyNet" refuses that ([::1], loopback)'],
    ['::ffff:169.254.169.254', 'it resolves to [::ffff:a9fe:a9fe], which leads to 169.254.169.254'],
    ['64:ff9b::a00:1', 'which leads to 10.0.0.1, and "denyNet" refuses that (10.0.0.0/8, private)'],
    ['fe80::1%eth0', '"fe80::1%eth0" is not an address to check'],
    ['0177.0.0.1', '"0177.0.0.1" is not an address to check'],
    ['', 'is not an address to check'],
  ])('refuses a name that resolves to %s', (address, reason) => {
    for (const allow of [true, ['api.example']]) {
      expect(decideAddress(policy(allow), destination, address)).toMatchObject({
        allowed: false,
        option: 'denyNet',
        value: 'api.example:443',
        reason: expect.stringContaining(
          `Cannot connect to api.example:443: ${reason.startsWith('it') ? reason : ''}`,
        ),
      })
      expect(decideAddress(policy(allow), destination, address)).toHaveProperty(
        'reason',
        expect.stringContaining(reason),
      )
    }
  })

  test('lets loopback through once denyNet is lifted', () => {
    expect(decideAddress(policy(['api.example'], []), destination, '127.0.0.1')).toMatchObject({
      allowed: true,
    })
  })

  test('refuses what decideHost() refuses, and an address other than the one that was asked for', () => {
    expect(decideAddress(policy(['other.example']), destination, '8.8.8.8')).toMatchObject({
      option: 'allowNet',
    })
    const literal = { host: '8.8.8.8', port: 53 }
    expect(decideAddress(policy(true), literal, '8.8.4.4')).toMatchObject({
      allowed: false,
      option: 'allowNet',
    })
    expect(decideAddress(policy(true), literal, '::ffff:8.8.8.8')).toMatchObject({ allowed: true })
  })
})

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

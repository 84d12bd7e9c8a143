import { describe, expect, test } from 'vitest'
import { policy } from '../../../test/fixtures/net-policy.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { decideAddress, decideHost } from './net-policy.ts'

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

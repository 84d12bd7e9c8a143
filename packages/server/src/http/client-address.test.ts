import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fastest } from '../../../../test/linear-time.ts'
import { clientAddress, parseAddressRange, trustedProxies } from './client-address.ts'

const isTrusted = trustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '2001:db8:ffff::1'])

test.each<[string, string | undefined, string, string]>([
  ['203.0.113.5', '1.2.3.4', '203.0.113.5', 'a connection of nobody trusted: the header is made up'],
  ['10.0.0.1', undefined, '10.0.0.1', 'no header'],
  ['10.0.0.1', '', '10.0.0.1', 'an empty header'],
  ['10.0.0.1', '1.2.3.4', '1.2.3.4', 'one proxy'],
  ['10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4', 'the client made up an entry'],
  ['10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9, 192.0.2.7', '1.2.3.4', 'a row of proxies'],
  ['10.0.0.1', '10.1.1.1,10.2.2.2', '10.1.1.1', 'everything is trusted: the first of all'],
  ['10.0.0.1', '1.2.3.4, nonsense', '10.0.0.1', 'the proxy tells nonsense'],
  ['10.0.0.1', '1.2.3.4, unknown, 10.2.2.2', '10.2.2.2', 'nonsense further back'],
  ['10.0.0.1', '1.2.3.4:4711', '1.2.3.4', 'with a port'],
  ['10.0.0.1', '[2001:DB8::1]:4711', '2001:db8::1', 'IPv6 with a port'],
  ['10.0.0.1', '2001:db8:0:0::1', '2001:db8::1', 'IPv6 in another spelling'],
  ['10.0.0.1', 'fe80::1%eth0', '10.0.0.1', 'a zone'],
  ['::ffff:10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4', 'IPv4 in IPv6'],
  ['fd12::1', '2001:db8::5, 2001:db8:ffff::1', '2001:db8::5', 'IPv6 proxies'],
  ['fd12::1', ',,,', 'fd12::1', 'commas'],
  ['unknown', '1.2.3.4', 'unknown', 'no connection'],
])('clientAddress(%j, %j) is %j: %s', (connection, header, expected) => {
  expect(clientAddress(connection, header, isTrusted)).toBe(expected)
})

test.each([
  '',
  '10.0.0.0/33',
  'fd00::/129',
  '10.0.0',
  'example.com',
  '10.0.0.0/',
  '::ffff:10.0.0.0/104',
  '10.0.0.0/8/8',
])('parseAddressRange(%j) is null', (text) => {
  expect(parseAddressRange(text)).toBeNull()
})

test('clientAddress() reads any header of 16 KiB in less than 50 ms and trusts nothing left of a stranger', () => {
  const piece = fc.constantFrom(
    ',',
    '10.0.0.9',
    '1.2.3.4',
    '[::1]',
    ' ',
    ':',
    '%',
    '\t',
    'fd00::2',
    ',,',
    'x',
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (pieces) => {
      const text = pieces.join('')
      const header = text.repeat(Math.ceil(16_384 / text.length)).slice(0, 16_384)
      expect(fastest((text) => clientAddress('10.0.0.1', text, isTrusted), header)).toBeLessThan(50)
      expect(clientAddress('10.0.0.1', `${header}, 203.0.113.9`, isTrusted)).toBe('203.0.113.9')
    }),
    { numRuns: 50 },
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Address,
  addressText,
  baseOf,
  contains,
  parseAddress,
  parseIPv4,
  parseIPv6,
  widthOf,
} from './addresses.ts'

const addresses: fc.Arbitrary<Address> = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value): Address => ({ version: 4, value })),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value): Address => ({ version: 6, value })),
  // Runs of zeros, which the canonical text shortens.
  fc
    .array(fc.constantFrom<bigint[]>(0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 })
    .map(
      (groups): Address => ({ version: 6, value: groups.reduce((all, group) => (all << 16n) | group, 0n) }),
    ),
)

describe('parseIPv4()', () => {
  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.255'])('reads %s', (text) => {
    expect(addressText(parseIPv4(text) ?? { version: 6, value: 0n })).toBe(text)
  })

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4 ',
    '1.2.3.4\n',
    '1.2.3.-4',
    '1.2.3.4.',
    '1..3.4',
    '+1.2.3.4',
    '1e1.2.3.4',
    '١.2.3.4',
  ])('refuses %j', (text) => {
    expect(parseIPv4(text)).toBeNull()
  })
})

describe('parseIPv6()', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:127.0.0.1', '::ffff:7f00:1'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
  ])('reads %s as %s', (text, canonical) => {
    const address = parseIPv6(text)
    expect(address && addressText(address)).toBe(canonical)
  })

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    ':1::2',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '[::1]',
    '::1%lo',
    'fe80::1%25eth0',
    '::1/128',
    '::1 ',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::01.2.3.4',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::-1',
    '::0x1',
  ])('refuses %j', (text) => {
    expect(parseIPv6(text)).toBeNull()
  })
})

test('addressText() is read back as the same address, and is what the URL parser writes', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      const text = addressText(address)
      expect(parseAddress(text)).toEqual(address)
      const inUrl = address.version === 4 ? text : `[${text}]`
      expect(new URL(`http://${inUrl}/`).hostname).toBe(inUrl)
    }),
    { numRuns: 10_000 },
  )
})

test('parseIPv6() reads exactly what the URL parser reads between brackets', () => {
  const pieces = fc.constantFrom(
    '0',
    '1',
    'ab',
    'ffff',
    '00001',
    ':',
    '::',
    '1.2.3.4',
    '.',
    '01',
    '256.1.1.1',
    'g',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 17 }), (parts) => {
      const text = parts.join('')
      const url = URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname : null
      const address = parseIPv6(text)
      expect(address && `[${addressText(address)}]`).toBe(url)
    }),
    { numRuns: 10_000 },
  )
})

test('contains() agrees with the bits, and never across versions', () => {
  fc.assert(
    fc.property(addresses, addresses, fc.nat(128), (one, other, bits) => {
      const prefix = bits % (widthOf(one.version) + 1)
      const range = { base: baseOf(one, prefix), prefix }
      expect(contains(range, one)).toBe(true)
      const binary = ({ version, value }: Address) =>
        value.toString(2).padStart(widthOf(version), '0').slice(0, prefix)
      expect(contains(range, other)).toBe(one.version === other.version && binary(one) === binary(other))
    }),
    { numRuns: 10_000 },
  )
})

import { expect, test } from 'vitest'
import { type Address, addressText, parseAddress } from './addresses.ts'
import { addressesBehind, unmapped } from './embedded-addresses.ts'

function address(text: string): Address {
  const parsed = parseAddress(text)
  if (parsed === null) throw new TypeError(text)
  return parsed
}

test.each([
  ['93.184.215.14', []],
  ['0.0.0.0', ['127.0.0.1']],
  ['::', ['::1']],
  ['::1', []],
  ['2606:4700::1', []],
  ['::ffff:127.0.0.1', ['127.0.0.1']],
  ['::ffff:0.0.0.0', ['0.0.0.0', '127.0.0.1']],
  ['::127.0.0.1', ['127.0.0.1']],
  ['::2', ['0.0.0.2']],
  ['::ffff:0:127.0.0.1', ['127.0.0.1']],
  ['64:ff9b::127.0.0.1', ['127.0.0.1']],
  // RFC 6052, section 2.4: 192.0.2.33 under prefixes of 48, 56, 64 and 96 bits.
  ['64:ff9b:1:c000:2:2100::', ['192.0.2.33', '0.2.33.0', '2.33.0.0']],
  ['64:ff9b:1:1c0:0:221::', ['1.192.0.2', '192.0.2.33', '0.2.33.0']],
  ['64:ff9b:1:100:c0:2:2100:0', ['1.0.192.0', '0.192.0.2', '192.0.2.33', '33.0.0.0']],
  ['64:ff9b:1::192.0.2.33', ['0.0.0.192', '192.0.2.33']],
  ['2002:7f00:1::', ['127.0.0.1']],
  ['2002:a9fe:a9fe:1:2:3:4:5', ['169.254.169.254']],
  // Teredo: server 65.54.227.120, client 192.0.2.45 (RFC 4380, section 4).
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', ['65.54.227.120', '192.0.2.45']],
  ['2001:db8::5efe:10.0.0.1', ['10.0.0.1']],
  ['2001:db8::200:5efe:10.0.0.1', ['10.0.0.1']],
])('addressesBehind(%s) are %j', (text, inner) => {
  const [first, ...others] = addressesBehind(address(text))
  expect(first).toEqual(address(text))
  expect(others.map(addressText)).toEqual(inner)
})

test.each([
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::ffff:0:1.2.3.4', '::ffff:0:102:304'],
  ['::1.2.3.4', '::102:304'],
  ['1.2.3.4', '1.2.3.4'],
])('unmapped(%s) is %s', (text, expected) => {
  expect(addressText(unmapped(address(text)))).toBe(expected)
})

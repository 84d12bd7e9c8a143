import { expect, test } from 'vitest'
import { networkOf } from './network-of.ts'

test('networkOf() takes the addresses of one IPv6 network for one place', () => {
  const network = networkOf('2001:db8:1:2::7')
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(network)
  expect(networkOf('2001:db8:1:3::1')).not.toBe(network)
  expect(networkOf('::1')).toBe(networkOf('::2'))
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
})

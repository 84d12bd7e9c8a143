import { expect, test } from 'vitest'
import { DEFAULT_DENY_NET, rangeName } from './deny-ranges.ts'
import { hostText, parseHosts } from './hosts.ts'
import { decideHost } from './net-policy.ts'

const policy = { allow: true, deny: parseHosts('denyNet', DEFAULT_DENY_NET) }

test('DEFAULT_DENY_NET is canonical, without doubles, each with a name', () => {
  expect(policy.deny.map(hostText)).toEqual(DEFAULT_DENY_NET)
  expect(DEFAULT_DENY_NET.filter((text) => !rangeName(text))).toEqual([])
  expect(rangeName('8.8.8.0/24')).toBeNull()
})

test.each([
  ['0.0.0.0', 'this network'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.0', 'CGNAT'],
  ['100.127.255.255', 'CGNAT'],
  ['100.100.100.200', 'cloud metadata'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'cloud metadata'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'cloud metadata'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.1', 'protocol assignments'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', '6to4 relay'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['[::]', 'unspecified'],
  ['[::1]', 'loopback'],
  ['[::808:808]', 'IPv4-compatible'],
  ['[::ffff:0:808:808]', 'IPv4-translated'],
  ['[64:ff9b:1::808:808]', 'local NAT64'],
  ['[100::1]', 'discard'],
  ['[2001::1]', 'Teredo'],
  ['[2001:2::1]', 'benchmarking'],
  ['[2001:1::1]', 'protocol assignments'],
  ['[2001:db8::1]', 'documentation'],
  ['[3fff::1]', 'documentation'],
  ['[5f00::1]', 'segment routing'],
  ['[fc00::1]', 'unique-local'],
  ['[fdff:ffff::1]', 'unique-local'],
  ['[fd00:ec2::254]', 'cloud metadata'],
  ['[fe80::1]', 'link-local'],
  ['[febf::1]', 'link-local'],
  ['[fec0::1]', 'site-local'],
  ['[feff::1]', 'site-local'],
  ['[ff02::1]', 'multicast'],
  // IPv4 inside IPv6.
  ['[::ffff:127.0.0.1]', 'loopback'],
  ['[::ffff:a9fe:a9fe]', 'cloud metadata'],
  ['[64:ff9b::10.0.0.1]', 'private'],
  ['[2002:c0a8:1::1]', 'private'],
  ['[2606:4700::5efe:10.0.0.1]', 'private'],
])('%s is denied by default: %s', (host, name) => {
  const decision = decideHost(policy, { host, port: 80 })
  expect(decision).toMatchObject({ allowed: false, option: 'denyNet' })
  expect(decision.allowed ? '' : decision.reason).toContain(name)
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '[2606:4700:4700::1111]',
  '[2001:4860:4860::8888]',
  '[2a00:1450::1]',
  '[64:ff9b::8.8.8.8]',
  '[2002:808:808::1]',
  '[::ffff:8.8.8.8]',
])('%s, its neighbour, is not denied', (host) => {
  expect(decideHost(policy, { host, port: 80 })).toMatchObject({ allowed: true })
})

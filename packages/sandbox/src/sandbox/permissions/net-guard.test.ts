import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { addressesInHosts, lookUpName } from './name-lookup.ts'
import { createNetGuard } from './net-guard.ts'

test('addressesOf() tells the same of a name that leads inside and of one that does not exist', async () => {
  const guard = createNetGuard({
    allow: ['granted.example'],
    lookUp: async (name) => {
      if (name === 'none.example') throw new Error('ENOTFOUND')
      return name === 'granted.example' || name === 'inside.example' ? ['169.254.169.254'] : ['8.8.8.8']
    },
  })
  const said = async (host: string) =>
    await guard.addressesOf(host, 80, { holder: 'usr_a' }).then(String, (error: Error) => error.message)
  expect(await said('granted.example')).toBe('169.254.169.254')
  expect(await said('public.example')).toBe('8.8.8.8')
  const inside = await said('inside.example')
  expect(inside).not.toMatch(/169|resolves|private|link/)
  expect(inside.replaceAll('inside', 'none')).toBe(await said('none.example'))
})

test('addressesOf() ends with its signal though no name server answers, and delays nobody else', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const servers = [`127.0.0.1:${silent.address().port}`]
  const guard = createNetGuard({
    allow: [],
    lookUp: async (name, options) =>
      name === 'quick.example' ? ['8.8.8.8'] : await lookUpName(name, { ...options, servers }),
  })
  const aborts: AbortController[] = []
  const ask = (name: string) => {
    const abort = new AbortController()
    aborts.push(abort)
    return guard.addressesOf(name, 80, { holder: 'usr_a', signal: abort.signal })
  }
  let ended = 0
  const slow = Array.from({ length: 20 }, (_, n) =>
    ask(`slow${n}.example`)
      .catch((error: Error) => error.name)
      .finally(() => {
        ended += 1
      }),
  )
  expect(await guard.addressesOf('quick.example', 80, { holder: 'usr_b' })).toEqual(['8.8.8.8'])
  expect(ended).toBe(0)
  for (const abort of aborts) abort.abort()
  expect(await Promise.all(slow)).toEqual(slow.map(() => 'AbortError'))
  silent.close()
})

test('addressesInHosts() reads a hosts file', () => {
  const text = '# a\n::1 localhost ip6\n127.0.0.1\tlocalhost Local # x\nnonsense localhost\n10.0.0.5 api\n'
  expect(addressesInHosts(text, 'localhost')).toEqual(['127.0.0.1', '::1'])
  expect(addressesInHosts(text, 'LOCAL')).toEqual(['127.0.0.1'])
  expect(addressesInHosts(text, 'x')).toEqual([])
})

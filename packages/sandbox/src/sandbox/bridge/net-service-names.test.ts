import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { describe, expect, test } from 'vitest'
import { ALL, echoServer } from '../../../test/fixtures/net-service.ts'
import { parseHosts } from '../permissions/hosts.ts'
import type { NameLookup } from './name-queue.ts'

describe('NetService', () => {
  const { open, port, start } = echoServer()

  test('connects only to an address that was checked, whatever the name says later', async () => {
    const deny = parseHosts('denyNet', ['127.0.0.0/8'])
    let lookups = 0
    const rebinding: NameLookup = async () => {
      lookups += 1
      return lookups === 1 ? ['192.0.2.1'] : ['127.0.0.1']
    }
    const { call, connect, uses } = start(
      { allow: parseHosts('allowNet', ['evil.example']), deny },
      rebinding,
    )
    expect((await call('resolve', { host: 'evil.example', port: port() })).value).toEqual(['192.0.2.1'])
    await expect(connect('evil.example')).rejects.toMatchObject({
      code: 'denied',
      message: `Cannot connect to evil.example:${port()}: it resolves to 127.0.0.1, and "denyNet" refuses that (127.0.0.0/8, loopback)`,
    })
    expect(open.size).toBe(0)
    expect(uses.denied.lastHint?.hint).toContain('"denyNet"')
  })

  test('leaves out the denied ones of several addresses', async () => {
    const lookup: NameLookup = async () => ['10.0.0.1', '127.0.0.1', '::1']
    const { call } = start({ allow: true, deny: parseHosts('denyNet', ['10.0.0.0/8', '[::1]']) }, lookup)
    expect((await call('resolve', { host: 'many.example', port: null })).value).toEqual(['127.0.0.1'])
  })

  test('names no port where only a name was asked about', async () => {
    const lookup: NameLookup = async () => ['10.0.0.1']
    const allow = parseHosts('allowNet', ['granted.example:21', '10.0.0.2'])
    const { call, uses } = start({ allow, deny: parseHosts('denyNet', ['10.0.0.0/8']) }, lookup)
    const refused = async (host: string) => {
      const error = await call('resolve', { host, port: null }).catch((error: Error) => error)
      return `${(error as Error).message} | ${uses.denied.lastHint?.hint}`
    }
    expect(await refused('other.example')).toMatch(
      /^Cannot look up other\.example: "allowNet" does not name it \| .*not hold "other\.example"$/,
    )
    expect(await refused('granted.example')).toMatch(
      /^Cannot look up granted\.example: it resolves to 10\.0\.0\.1, .* \| .* refuses "granted\.example"/,
    )
    expect(await refused('10.0.0.2')).toMatch(/^Cannot look up 10\.0\.0\.2: it is 10\.0\.0\.2, /)
    expect(await refused('::1')).toMatch(/^Cannot look up \[::1\]: "allowNet" does not name it/)
    expect(await refused('a b')).toMatch(/^Cannot look up "a b": that is not a host/)
  })

  test('looks up few names at a time, and one name once', async () => {
    let running = 0
    let most = 0
    const names: string[] = []
    const lookup: NameLookup = async (name) => {
      names.push(name)
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      if (name === 'gone.example') throw new Error('ENOTFOUND')
      return ['127.0.0.1']
    }
    const { call } = start(ALL, lookup)
    const asked = Array.from({ length: 40 }, (_, index) => (index === 7 ? 'gone' : `n${index % 10}`))
    const found = await Promise.allSettled(
      asked.map((name) => call('resolve', { host: `${name}.example`, port: 80 })),
    )
    expect(most).toBe(2)
    expect(names).toHaveLength(11)
    expect(found.filter(({ status }) => status === 'rejected')).toMatchObject([
      { reason: { code: 'resolve', message: expect.stringContaining('gone.example') } },
    ])
  })

  test('looks up no name that waits when the run ends', async () => {
    const asked: string[] = []
    const over = deferred<void>()
    const lookup: NameLookup = async (name) => {
      asked.push(name)
      await over.promise
      return ['127.0.0.1']
    }
    const { service, call } = start(ALL, lookup)
    const ends = Array.from({ length: 20 }, (_, index) =>
      call('resolve', { host: `h${index}.example`, port: null }).catch((error: unknown) => error),
    )
    await expect.poll(() => asked.length).toBeGreaterThan(0)
    service.close()
    over.resolve()
    await Promise.all(ends)
    expect(asked.length).toBeLessThan(5)
  })
})

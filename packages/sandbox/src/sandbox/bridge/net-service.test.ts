import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ZodError } from 'zod'
import { parseHosts } from '../permissions/hosts.ts'
import type { NetPolicy } from '../permissions/net-policy.ts'
import type { NameLookup } from './name-queue.ts'
import { NetService } from './net-service.ts'
import { UseCounter } from './use-counter.ts'

/** A server that says "hi" and then what it is told. */
let server: Server
let port: number
const open = new Set<Socket>()

beforeEach(async () => {
  server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => {})
    socket.write('hi')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
})
afterEach(() => {
  for (const socket of open) socket.destroy()
  server.close()
})

const ALL: NetPolicy = { allow: true, deny: [] }

function start(policy: NetPolicy = ALL, lookup?: NameLookup) {
  const uses = { used: new UseCounter(), denied: new UseCounter() }
  const service = new NetService(policy, uses, lookup)
  onTestFinished(() => service.close())
  const call = async (name: string, params: unknown, data = new Uint8Array()) => {
    const handler = service.calls[`net.${name}`]
    if (handler === undefined) throw new TypeError(`no call ${name}`)
    return await handler(params, data)
  }
  const connect = async (host = '127.0.0.1') => {
    const { value } = await call('connect', { host, port, deadlineMs: 5000 })
    return (value as { connection: number }).connection
  }
  return { service, uses, call, connect }
}

const text = ({ data }: { data?: Uint8Array }): string => Buffer.from(data ?? []).toString()

describe('NetService', () => {
  test('connects, reads, writes, ends and closes', async () => {
    const { call, connect, uses } = start()
    const connection = await connect()
    expect(text(await call('read', { connection, max: 65_536, deadlineMs: 5000 }))).toBe('hi')
    await call('write', { connection, deadlineMs: null }, Buffer.from('there'))
    expect(text(await call('read', { connection, max: 3, deadlineMs: 5000 }))).toBe('the')
    expect(text(await call('read', { connection, max: 3, deadlineMs: 5000 }))).toBe('re')
    await expect(call('read', { connection, max: 3, deadlineMs: 0 })).rejects.toMatchObject({
      code: 'EAGAIN',
    })
    await expect(call('read', { connection, max: 3, deadlineMs: 30 })).rejects.toMatchObject({
      code: 'timeout',
    })
    await call('end', { connection })
    expect(text(await call('read', { connection, max: 3, deadlineMs: 5000 }))).toBe('')
    await call('close', { connection })
    await expect(call('read', { connection, max: 3, deadlineMs: 0 })).rejects.toMatchObject({ code: 'EBADF' })
    expect(uses.used.uses).toEqual([{ kind: 'net', value: `127.0.0.1:${port}`, count: 1 }])
  })

  test('tells which connections can be read: with bytes, at their end, and after waiting', async () => {
    const { call, connect } = start()
    const [talking, quiet] = [await connect(), await connect()]
    for (const connection of [talking, quiet]) await call('read', { connection, max: 9, deadlineMs: 5000 })
    const connections = [talking, quiet]
    expect((await call('readable', { connections, deadlineMs: 0 })).value).toEqual([])
    const waiting = call('readable', { connections, deadlineMs: 5000 })
    await call('write', { connection: talking, deadlineMs: null }, Buffer.from('x'))
    expect((await waiting).value).toEqual([talking])
    expect((await call('readable', { connections: [quiet], deadlineMs: 30 })).value).toEqual([])
    for (const socket of open) socket.end()
    expect((await call('readable', { connections: [quiet], deadlineMs: 5000 })).value).toEqual([quiet])
    expect((await call('readable', { connections: [quiet], deadlineMs: 0 })).value).toEqual([quiet])
  })

  test.each<[string, unknown]>([
    ['connect', {}],
    ['connect', null],
    ['connect', { host: 'a', port: 80, deadlineMs: null, more: 1 }],
    ['connect', { host: ['a'], port: 80, deadlineMs: null }],
    ['connect', { host: 'a'.repeat(301), port: 80, deadlineMs: null }],
    ['connect', { host: '', port: 80, deadlineMs: null }],
    ['connect', { host: 'a', port: 65_536, deadlineMs: null }],
    ['connect', { host: 'a', port: 80.5, deadlineMs: null }],
    ['connect', { host: 'a', port: 80, deadlineMs: 1e300 }],
    ['connect', { host: 'a', port: 80, deadlineMs: -1 }],
    ['resolve', { host: 'a' }],
    ['resolve', { host: 'a', port: '80' }],
    ['read', { connection: 1, max: 0, deadlineMs: null }],
    ['read', { connection: 1, max: 2 ** 31, deadlineMs: null }],
    ['read', { connection: '1', max: 1, deadlineMs: null }],
    ['read', { connection: 1e308, max: 1, deadlineMs: null }],
    ['readable', { connections: Array(1000).fill(1), deadlineMs: 0 }],
    ['write', { connection: 1 }],
    [
      'tls',
      { connection: 1, serverName: 'a', verify: 'no', checkHostname: true, protocols: [], deadlineMs: null },
    ],
    [
      'tls',
      {
        connection: 1,
        serverName: 'a',
        verify: false,
        checkHostname: true,
        protocols: Array(99).fill('x'),
        deadlineMs: null,
      },
    ],
    ['close', { connection: Number.NaN }],
  ])('%s %j is no call that our runner makes', async (name, params) => {
    await expect(start().call(name, params)).rejects.toBeInstanceOf(ZodError)
  })

  test.each<[string, object]>([
    ['read', { max: 1, deadlineMs: null }],
    ['write', { deadlineMs: null }],
    ['end', {}],
    ['tls', { serverName: null, verify: true, checkHostname: true, protocols: [], deadlineMs: null }],
  ])('%s of a connection that there is not is EBADF', async (name, params) => {
    const { call, connect } = start()
    const connection = await connect()
    for (const unknown of [0, -1, connection + 1, Number.MAX_SAFE_INTEGER]) {
      await expect(call(name, { connection: unknown, ...params })).rejects.toMatchObject({ code: 'EBADF' })
    }
  })

  test('has at most 256 connections open, and again when some are closed', async () => {
    const { call, connect } = start()
    const opened = await Promise.allSettled(Array.from({ length: 300 }, () => connect()))
    const made = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
    expect(made).toHaveLength(256)
    expect(new Set(refused)).toEqual(new Set(['EMFILE']))
    await call('close', { connection: made[0] })
    expect(await connect()).toBeGreaterThan(0)
  })

  test('close() closes every connection, also one that is being made', async () => {
    const { service, call, connect } = start()
    for (let index = 0; index < 10; index++) await connect()
    const reading = call('read', { connection: 1, max: 9, deadlineMs: null }).then(() =>
      call('read', { connection: 1, max: 9, deadlineMs: null }),
    )
    const late = connect()
    await new Promise((resolve) => setTimeout(resolve, 20))
    service.close()
    await Promise.allSettled([late, reading])
    await expect.poll(() => open.size).toBe(0)
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNABORTED' })
    await expect.poll(() => open.size).toBe(0)
  })

  test('200 workers that never close anything leave nothing open', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = [sockets(), timers()]
    for (let run = 0; run < 200; run++) {
      const { service, call, connect } = start()
      const connection = await connect()
      const reading = call('read', { connection, max: 9, deadlineMs: 1_000_000 }).then(() =>
        call('read', { connection, max: 9, deadlineMs: 1_000_000 }),
      )
      const waiting = call('readable', { connections: [connection], deadlineMs: 1_000_000 })
      service.close()
      await Promise.allSettled([reading, waiting])
    }
    await expect.poll(() => open.size).toBe(0)
    await expect
      .poll(() => [sockets(), timers()].every((count, index) => count <= (before[index] ?? 0) + 1))
      .toBe(true)
  })

  test('closes what is left of failed handshakes, whatever they ask for', async () => {
    const { call, connect } = start()
    const base = { verify: true, checkHostname: true, protocols: [], deadlineMs: 2000 }
    for (const serverName of ['\0', 'ü'.repeat(300), '127.0.0.1', '..', 'a'.repeat(300), null]) {
      const connection = await connect()
      await expect(call('tls', { ...base, connection, serverName })).rejects.toThrow()
    }
    const connection = await connect()
    const both = [1, 2].map(() => call('tls', { ...base, connection, serverName: 'a' }))
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect.poll(() => open.size).toBe(0)
  })

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
    expect((await call('resolve', { host: 'evil.example', port })).value).toEqual(['192.0.2.1'])
    await expect(connect('evil.example')).rejects.toMatchObject({
      code: 'denied',
      message: `Cannot connect to evil.example:${port}: it resolves to 127.0.0.1, and "denyNet" refuses that (127.0.0.0/8, loopback)`,
    })
    expect(open.size).toBe(0)
    expect(uses.denied.lastHint?.hint).toContain('"denyNet"')
  })

  test('leaves out the denied ones of several addresses', async () => {
    const lookup: NameLookup = async () => ['10.0.0.1', '127.0.0.1', '::1']
    const { call } = start({ allow: true, deny: parseHosts('denyNet', ['10.0.0.0/8', '[::1]']) }, lookup)
    expect((await call('resolve', { host: 'many.example', port: null })).value).toEqual(['127.0.0.1'])
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
})

describe('NetService with a server that takes no connection', () => {
  /** A process that listens and stands still: its queue fills, and what comes then waits in the kernel. */
  async function fullServer(): Promise<number> {
    const program = `const s = require('node:net').createServer(() => {}); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [said] = await once(child.stdout, 'data')
    process.kill(child.pid ?? 0, 'SIGSTOP')
    return Number(String(said))
  }

  /** Sockets to this port that are being opened. */
  function opening(to: number): number {
    const port = to.toString(16).toUpperCase().padStart(4, '0')
    return readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .filter((line) => line.trim().split(/\s+/)[2] === `0100007F:${port}` && / 02 /.test(line)).length
  }

  test.runIf(process.platform === 'linux')('closes what is being opened with the run', async () => {
    const to = await fullServer()
    const { service, call } = start()
    const ends = Array.from({ length: 50 }, () =>
      call('connect', { host: '127.0.0.1', port: to, deadlineMs: null }).catch((error: unknown) => error),
    )
    await expect.poll(() => opening(to)).toBeGreaterThan(20)
    service.close()
    await expect.poll(() => opening(to)).toBe(0)
    const answers = await Promise.race([Promise.all(ends), sleep(30_000, null)])
    expect(answers).not.toBeNull()
    await expect(call('connect', { host: '127.0.0.1', port: to, deadlineMs: null })).rejects.toThrow(
      'the run is over',
    )
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

import { describe, expect, test } from 'vitest'
import { ZodError } from 'zod'
import { echoServer } from '../../../test/fixtures/net-service.ts'

const { open, port, start } = echoServer()

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
    expect(uses.used.uses).toEqual([{ kind: 'net', value: `127.0.0.1:${port()}`, count: 1 }])
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
})

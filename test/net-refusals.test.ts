import { createServer } from 'node:net'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../src/sandbox/index.ts'
import { startServer } from './net-server.ts'

/** Answers of a name server that the attacker owns, one after the other; the last stands for all that follow. */
const answers = new Map<string, string[]>()
const asked: string[] = []

vi.mock('node:dns/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:dns/promises')>()
  const lookup = async (name: string, options: { all: true }) => {
    asked.push(name)
    const own = answers.get(name)
    if (own === undefined) return await real.lookup(name, options)
    const address = (own.length > 1 ? own.shift() : own[0]) ?? ''
    return [{ address, family: address.includes(':') ? 6 : 4 }]
  }
  return { ...real, lookup }
})

const server = await startServer()
const { port } = server
afterAll(() => server.close())
beforeEach(() => {
  answers.clear()
  asked.length = 0
})

async function run(options: SandboxOptions, code: string): Promise<CodeExecutionResult> {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, timeoutSeconds: 20, ...options })
  try {
    return await sandbox.execute(`import urllib.request\n${code}`, { globals: { port } })
  } finally {
    await sandbox.close()
  }
}

const FETCH = (url: string): string => `urllib.request.urlopen(f'${url}', timeout=5).status`

describe('a connection that is refused', () => {
  test.each<[string, SandboxOptions, string, string, string]>([
    ['nothing granted', {}, 'http://example.org/', 'example.org:80', '"allowNet" grants no host'],
    [
      'another host',
      { allowNet: ['example.net'] },
      'https://example.org/',
      'example.org:443',
      '"allowNet" does not name it',
    ],
    [
      'another port',
      { allowNet: ['localhost:1'] },
      'http://localhost:{port}/',
      'localhost:PORT',
      '"allowNet" grants it only on port 1',
    ],
    [
      'a neighbour',
      { allowNet: ['example.org'] },
      'http://api.example.org/',
      'api.example.org:80',
      '"allowNet" does not name it',
    ],
    [
      'denyNet names it',
      { allowNet: true, denyNet: ['example.org'] },
      'http://EXAMPLE.org./',
      'example.org:80',
      '"denyNet" names it',
    ],
    ['localhost', { allowNet: true }, 'http://localhost:{port}/', 'localhost:PORT', '"denyNet" refuses that'],
    ['127.0.0.1', { allowNet: true }, 'http://127.0.0.1:{port}/', '127.0.0.1:PORT', '127.0.0.0/8, loopback'],
    [
      'granted by its address',
      { allowNet: ['127.0.0.1'] },
      'http://127.0.0.1:{port}/',
      '127.0.0.1:PORT',
      '127.0.0.0/8, loopback',
    ],
    [
      'a mapped address',
      { allowNet: true },
      'http://[::ffff:127.0.0.1]:{port}/',
      '127.0.0.1:PORT',
      '127.0.0.0/8, loopback',
    ],
    [
      'a translated address',
      { allowNet: true },
      'http://[64:ff9b::7f00:1]:{port}/',
      '[64:ff9b::7f00:1]:PORT',
      'leads to 127.0.0.1',
    ],
    ['IPv6 loopback', { allowNet: true }, 'http://[::1]:{port}/', '[::1]:PORT', 'loopback'],
    ['a decimal number', { allowNet: true }, 'http://2130706433:{port}/', '127.0.0.1:PORT', 'loopback'],
    ['octal', { allowNet: true }, 'http://0177.0.0.01:{port}/', '127.0.0.1:PORT', 'loopback'],
    ['hexadecimal', { allowNet: true }, 'http://0x7f.1:{port}/', '127.0.0.1:PORT', 'loopback'],
    ['a trailing dot', { allowNet: true }, 'http://127.0.0.1.:{port}/', '127.0.0.1:PORT', 'loopback'],
    ['zero', { allowNet: true }, 'http://0.0.0.0:{port}/', '0.0.0.0:PORT', 'this network'],
    [
      'metadata',
      { allowNet: true },
      'http://169.254.169.254/latest/',
      '169.254.169.254:80',
      'cloud metadata',
    ],
  ])('%s: names host, address and option', async (_name, options, url, value, why) => {
    const result = await run(options, FETCH(url))
    const there = value.replace('PORT', String(port))
    expect(result.error).toMatchObject({ kind: 'permission', name: 'URLError' })
    expect(result.error?.message).toContain(`Cannot connect to ${there}: `)
    expect(result.error?.message).toContain(why)
    expect(result.error?.hint).toContain(JSON.stringify(there))
    expect(result.error?.hint).toMatch(why.includes('allowNet') ? /"allowNet"/ : /"denyNet"/)
    expect(result.permissions.denied.filter(({ kind }) => kind === 'net')).toEqual([
      { kind: 'net', value: there, count: 1 },
    ])
    expect(result.permissions.used.filter(({ kind }) => kind === 'net')).toEqual([])
  })

  test('a NUL, an empty name, a name of 300 characters and one that is no name', async () => {
    const code = `
import socket
def attempt(host):
    try:
        socket.create_connection((host, port), timeout=2)
    except Exception as error:
        return type(error).__name__
[attempt(host) for host in ('127.0.0.1\\0.example', 'local\\thost', 'a' * 300, 'user@host', '*', '127.0.0.1/24')]`
    const result = await run({ allowNet: true }, code)
    expect(result.result).toEqual(Array(6).fill('PermissionError'))
    expect(asked).toEqual([])
  })

  test('a name that is not granted is never looked up', async () => {
    await run({ allowNet: ['example.net'] }, FETCH('http://secret.attacker.example/'))
    expect(asked).toEqual([])
  })
})

describe('a connection that is granted', () => {
  test.each<[string, SandboxOptions, string, string]>([
    ['denyNet: []', { allowNet: true, denyNet: [] }, 'http://127.0.0.1:{port}/', '127.0.0.1:PORT'],
    ['a name', { allowNet: ['localhost'], denyNet: [] }, 'http://localhost:{port}/', 'localhost:PORT'],
    ['upper case', { allowNet: ['LOCALHOST'], denyNet: [] }, 'http://LocalHost:{port}/', 'localhost:PORT'],
    [
      'a trailing dot',
      { allowNet: ['localhost'], denyNet: [] },
      'http://localhost.:{port}/',
      'localhost:PORT',
    ],
    ['a range', { allowNet: ['127.0.0.0/8'], denyNet: [] }, 'http://127.0.0.1:{port}/', '127.0.0.1:PORT'],
    [
      'a mapped address',
      { allowNet: ['127.0.0.1'], denyNet: [] },
      'http://[::ffff:127.0.0.1]:{port}/',
      '127.0.0.1:PORT',
    ],
    ['decimal', { allowNet: ['127.0.0.1'], denyNet: [] }, 'http://2130706433:{port}/', '127.0.0.1:PORT'],
  ])('%s: is made, and in the receipt', async (_name, options, url, value) => {
    const result = await run(options, FETCH(url))
    expect(result).toMatchObject({ error: null, result: 200 })
    const used = result.permissions.used.filter(({ kind }) => kind === 'net')
    expect(used).toEqual([{ kind: 'net', value: value.replace('PORT', String(port)), count: 1 }])
    expect(result.permissions.denied).toEqual([])
  })

  test('punycode: a name in the letters of its country', async () => {
    answers.set('xn--mnchen-3ya.example', ['127.0.0.1'])
    const code = FETCH('http://xn--mnchen-3ya.example:{port}/')
    const result = await run({ allowNet: ['münchen.example'], denyNet: [] }, code)
    expect(result).toMatchObject({ error: null, result: 200 })
  })
})

describe('resolved addresses', () => {
  test.each(['127.0.0.1', '10.1.2.3', '::1', '::ffff:127.0.0.1', 'fd00::1', '169.254.169.254'])(
    'a granted name that resolves to %s is refused',
    async (address) => {
      answers.set('inner.example', [address])
      const result = await run({ allowNet: ['inner.example'] }, FETCH('http://inner.example:{port}/'))
      const shown = address.includes(':') ? `[${address.replace('127.0.0.1', '7f00:1')}]` : address
      expect(result.error?.kind).toBe('permission')
      expect(result.error?.message).toMatch(/inner\.example:\d+: it resolves to .*"denyNet" refuses that/)
      expect(result.error?.message.replace('::ffff:127.0.0.1', '::ffff:7f00:1')).toContain(shown)
    },
  )

  test('the answer that changes after the check (rebinding) is of no use', async () => {
    answers.set('rebind.example', ['203.0.113.7', '127.0.0.1'])
    const before = server.connections()
    // The first answer is public, and asked for by getaddrinfo; a second look-up by the connection would be loopback.
    const code = `
import socket
first = socket.getaddrinfo('rebind.example', port)[0][4][0]
try:
    socket.create_connection((first, port), timeout=0.2)
except OSError as error:
    print(type(error).__name__)
try:
    socket.create_connection(('rebind.example', port), timeout=0.2)
except OSError as error:
    print(type(error).__name__, error)
first`
    const ranges = ['127.0.0.0/8']
    const result = await run({ allowNet: ['rebind.example'], denyNet: ranges }, code)
    expect(result.result).toBe('203.0.113.7')
    expect(result.stdout).toMatch(
      /^(TimeoutError|OSError)\nPermissionError .*rebind\.example:\d+: it resolves to 127\.0\.0\.1/,
    )
    expect(server.connections()).toBe(before)
  })

  test('an address that no granted name resolved to is refused', async () => {
    answers.set('good.example', ['127.0.0.1'])
    const code = `
import socket
socket.getaddrinfo('good.example', port)
socket.create_connection(('127.0.0.1', port)).close()
socket.create_connection(('127.0.0.2', port))`
    const result = await run({ allowNet: ['good.example'], denyNet: [] }, code)
    expect(result.error).toMatchObject({ kind: 'permission', name: 'PermissionError' })
    expect(result.error?.message).toContain(
      `Cannot connect to 127.0.0.2:${port}: "allowNet" does not name it`,
    )
    expect(result.permissions.used).toContainEqual({ kind: 'net', value: `good.example:${port}`, count: 1 })
  })
})

describe('redirects', () => {
  test.each([
    ['to an inner address', `http://127.0.0.1:${port}/echo`, '127.0.0.0/8, loopback'],
    ['to a name of an inner address', `http://localhost:${port}/echo`, 'it resolves to'],
    ['to a mapped address', `http://[::ffff:127.0.0.1]:${port}/echo`, 'loopback'],
    ['to metadata', 'http://169.254.169.254/latest/meta-data/', 'cloud metadata'],
  ])('%s are refused, although allowNet is true', async (_name, target, why) => {
    // The first server has a name that only this test allows to lead to this machine.
    const ranges = (await import('../src/sandbox/index.ts')).DEFAULT_DENY_NET
    const { decoy, close } = await decoyServer(target)
    try {
      const options = {
        allowNet: true,
        denyNet: [
          ...ranges.filter((range) => range !== '192.0.2.0/24' && range !== '127.0.0.0/8'),
          `127.0.0.0/8:${port}`,
        ],
      }
      const result = await run(options, FETCH(`http://127.0.0.1:${decoy}/`))
      expect(result.error?.kind).toBe('permission')
      expect(result.error?.message).toContain(why)
      expect(result.permissions.used).toEqual([{ kind: 'net', value: `127.0.0.1:${decoy}`, count: 1 }])
      expect(result.permissions.denied).toHaveLength(1)
    } finally {
      close()
    }
  })
})

/** A server whose every answer is a redirect to `target`. */
async function decoyServer(target: string): Promise<{ decoy: number; close: () => void }> {
  const decoy = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve) => decoy.listen(0, '127.0.0.1', resolve))
  const address = decoy.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return { decoy: address.port, close: () => decoy.close() }
}

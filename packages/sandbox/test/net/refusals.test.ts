import { createServer } from 'node:http'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type CodeExecutionResult,
  DEFAULT_DENY_NET,
  type PermissionUse,
  PyodideSandbox,
  type SandboxOptions,
} from '../../src/sandbox/index.ts'
import { startServer } from '../fixtures/net-server.ts'
import { program } from '../fixtures/program.ts'

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
      'denied by name',
      { allowNet: true, denyNet: ['example.org'] },
      'http://EXAMPLE.org./',
      'example.org:80',
      '"denyNet" names it',
    ],
    ['localhost', { allowNet: true }, 'http://localhost:{port}/', 'localhost:PORT', '"denyNet" refuses that'],
    [
      'granted by its address',
      { allowNet: ['127.0.0.1'] },
      'http://127.0.0.1:{port}/',
      '127.0.0.1:PORT',
      '127.0.0.0/8, loopback',
    ],
  ])('%s: names host, address and option', async (_name, options, url, value, why) => {
    const result = await run(options, FETCH(url))
    const there = value.replace('PORT', String(port))
    expect(result.error).toMatchObject({ kind: 'permission', name: 'URLError' })
    expect(result.error?.message).toContain(`Cannot connect to ${there}: `)
    expect(result.error?.message).toContain(why)
    expect(result.error?.hint).toContain(JSON.stringify(there))
    expect(result.error?.hint).toMatch(why.includes('allowNet') ? /"allowNet"/ : /"denyNet"/)
    expect(ofNet(result.permissions.denied)).toEqual([`${there} 1`])
    expect(ofNet(result.permissions.used)).toEqual([])
  })

  test('loopback and its like in every spelling, under allowNet: true', async () => {
    const table = [
      ['http://127.0.0.1:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://[::ffff:127.0.0.1]:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://2130706433:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://0177.0.0.01:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://0x7f.1:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://127.0.0.1.:{port}/', `127.0.0.1:${port}`, '127.0.0.0/8, loopback'],
      ['http://[64:ff9b::7f00:1]:{port}/', `[64:ff9b::7f00:1]:${port}`, 'leads to 127.0.0.1'],
      ['http://[::1]:{port}/', `[::1]:${port}`, 'loopback'],
      ['http://0.0.0.0:{port}/', `0.0.0.0:${port}`, 'this network'],
      ['http://LOCALHOST.:{port}/', `localhost:${port}`, 'it resolves to'],
      ['http://169.254.169.254/latest/', '169.254.169.254:80', 'cloud metadata'],
    ] as const
    const { result, permissions } = await run({ allowNet: true }, messagesOf(table.map(([url]) => url)))
    for (const [index, [, value, why]] of table.entries()) {
      const message = String((result as string[])[index])
      expect(message).toContain(`Cannot connect to ${value}: `)
      expect(message).toContain(why)
    }
    expect(ofNet(permissions.used)).toEqual([])
    expect(ofNet(permissions.denied)).toContain(`127.0.0.1:${port} 6`)
  })

  test('a NUL, a control character, 300 characters and what is no host', async () => {
    const code = program('net/hostile-addresses')
    const result = await run({ allowNet: true }, code)
    expect(result.result).toEqual(Array(6).fill('PermissionError'))
    expect(asked).toEqual([])
  })

  test('a name that is not granted is never looked up, nor a neighbour of one that is', async () => {
    const urls = ['http://secret.attacker.example/', 'http://www.example.net/', 'http://net/']
    const { result } = await run({ allowNet: ['example.net'] }, messagesOf(urls))
    expect(result).toEqual(Array(3).fill(expect.stringContaining('"allowNet" does not name it')))
    expect(asked).toEqual([])
  })
})

describe('a connection that is granted', () => {
  test('denyNet: [] lifts the ranges, knowingly', async () => {
    const result = await run({ allowNet: true, denyNet: [] }, FETCH('http://127.0.0.1:{port}/'))
    expect(result).toMatchObject({ error: null, result: 200 })
    expect(ofNet(result.permissions.used)).toEqual([`127.0.0.1:${port} 1`])
    expect(result.permissions.denied).toEqual([])
  })

  test('is made however it is spelled, and is in the receipt', async () => {
    answers.set('xn--mnchen-3ya.example', ['127.0.0.1'])
    const options = { allowNet: ['LOCALHOST', '127.0.0.0/8', 'münchen.example'], denyNet: [] }
    // An address that a granted name has resolved to counts as that name, so the addresses come first.
    const hosts = ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', 'localhost', 'LocalHost', 'localhost.']
    const urls = [...hosts, 'xn--mnchen-3ya.example'].map((host) => `http://${host}:{port}/`)
    const result = await run(options, `[${urls.map(FETCH).join(', ')}]`)
    expect(result).toMatchObject({ error: null, result: Array(7).fill(200) })
    expect(ofNet(result.permissions.used)).toEqual([
      `127.0.0.1:${port} 3`,
      `localhost:${port} 3`,
      `xn--mnchen-3ya.example:${port} 1`,
    ])
  })
})

describe('resolved addresses', () => {
  test('a granted name that resolves to an inner address is refused, whichever it is', async () => {
    const addresses = ['127.0.0.1', '10.1.2.3', '::1', '::ffff:127.0.0.1', 'fd00::1', '169.254.169.254']
    for (const [index, address] of addresses.entries()) answers.set(`inner${index}.example`, [address])
    const names = addresses.map((_, index) => `inner${index}.example`)
    const urls = names.map((name) => `http://${name}:{port}/`)
    const { result } = await run({ allowNet: names }, messagesOf(urls))
    for (const [index, name] of names.entries()) {
      expect((result as string[])[index]).toMatch(`Cannot connect to ${name}:${port}: it resolves to`)
      expect((result as string[])[index]).toContain('"denyNet" refuses that')
    }
  })

  test('the answer that changes after the check (rebinding) is of no use', async () => {
    answers.set('rebind.example', ['203.0.113.7', '127.0.0.1'])
    const before = server.connections()
    // The first answer, to getaddrinfo, is public; a look-up by the connection itself would give loopback.
    const code = program('net/rebinding')
    const result = await run({ allowNet: ['rebind.example'], denyNet: ['127.0.0.0/8'] }, code)
    expect(result.result).toBe('203.0.113.7')
    expect(result.stdout).toMatch(
      /^.*\n.*rebind\.example:\d+: it resolves to 127\.0\.0\.1, and "denyNet" refuses/,
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
    expect(ofNet(result.permissions.used)).toEqual([`good.example:${port} 1`])
  })
})

test('a redirect to where nothing may go is refused, although allowNet is true', async () => {
  const table = [
    [`http://127.0.0.1:${port}/`, 'loopback'],
    [`http://localhost:${port}/`, 'it resolves to'],
    [`http://[::ffff:127.0.0.1]:${port}/`, 'loopback'],
    ['http://169.254.169.254/latest/meta-data/', 'cloud metadata'],
  ] as const
  const { decoy, close } = await decoyServer()
  const before = server.connections()
  try {
    // The decoy stands for a public server: of loopback, only the port of the other one is denied.
    const ranges = DEFAULT_DENY_NET.filter((range) => range !== '127.0.0.0/8' && range !== '[::1]')
    const options = { allowNet: true, denyNet: [...ranges, `127.0.0.0/8:${port}`, `[::1]:${port}`] }
    const urls = table.map(([target]) => `http://127.0.0.1:${decoy}/?${encodeURIComponent(target)}`)
    const { result, permissions } = await run(options, messagesOf(urls))
    for (const [index, [, why]] of table.entries()) expect((result as string[])[index]).toContain(why)
    expect(ofNet(permissions.used)).toEqual([`127.0.0.1:${decoy} 4`])
    expect(ofNet(permissions.denied)).toHaveLength(3)
    expect(server.connections()).toBe(before)
  } finally {
    close()
  }
})

/** Python whose value is what went wrong with each of these. */
function messagesOf(urls: readonly string[]): string {
  return `
def message_of(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except OSError as error:
        return str(error)
[message_of(url) for url in [${urls.map((url) => `f'${url}'`).join(', ')}]]`
}

/** `value count` of each use of the network. */
function ofNet(uses: readonly PermissionUse[]): string[] {
  return uses.filter(({ kind }) => kind === 'net').map(({ value, count }) => `${value} ${count}`)
}

/** A server whose every answer is a redirect to what stands after the question mark. */
async function decoyServer(): Promise<{ decoy: number; close: () => void }> {
  const decoy = createServer((request, response) => {
    const target = decodeURIComponent(request.url?.split('?')[1] ?? '')
    response.writeHead(302, { location: target, connection: 'close' }).end()
  })
  await new Promise<void>((resolve) => decoy.listen(0, '127.0.0.1', resolve))
  const address = decoy.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return { decoy: address.port, close: () => decoy.close() }
}

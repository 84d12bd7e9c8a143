import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFailed, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { BIG_BYTES, startServer } from '../fixtures/net-server.ts'
import { program } from '../fixtures/program.ts'

/**
 * Where the libraries are: those of Debian (`apt-get install python3-requests python3-urllib3 python3-httpx
 * python3-aiohttp`), or a folder of unpacked wheels of other versions.
 */
const FOLDER = process.env.AGENTCHAT_TEST_PACKAGES ?? '/usr/lib/python3/dist-packages'

const server = await startServer()
const { port } = server
const sandbox = new PyodideSandbox({
  allowNet: [`localhost:${port}`],
  denyNet: [],
  allowRead: existsSync(FOLDER) ? [FOLDER] : false,
  timeoutSeconds: 60,
  pool: { min: 1, max: 1 },
})
/** One for all tests: importing a library takes seconds, on a machine that is busy. */
const session = sandbox.session()
afterAll(async () => {
  await sandbox.close()
  await server.close()
})

/**
 * `attempt` gives what a function gives, or the exception as its library names it. Versions of before Python 3.13, as
 * Debian's, want the module `cgi` for one function.
 */
const PRELUDE = program('net/fetching')

/** Tests of one library, which are skipped, with the reason in their names, where it is not installed. */
function describeLibrary(name: string, body: () => void): void {
  const missing = !existsSync(join(FOLDER, name))
  describe.skipIf(missing)(missing ? `${name} (skipped: not in ${FOLDER})` : name, body)
  if (missing) console.warn(`Tests of ${name} are skipped: it is not in ${FOLDER}`)
}

/** The value of the last expression of code that must not fail, and the connections that it made. */
async function outcome(code: string): Promise<{ value: unknown; connections: number }> {
  const before = server.connections()
  const result = await session.execute(PRELUDE + code, { globals: { port, folder: FOLDER } })
  onTestFailed(() => console.error(result.stderr, result.error?.traceback))
  expect(result.error).toBeNull()
  return { value: result.result, connections: server.connections() - before }
}

const value = async (code: string): Promise<unknown> => (await outcome(code)).value

describeLibrary('requests', () => {
  test('query, headers, JSON, forms, files, generators and redirects', async () => {
    const code = program('net/requests-forms')
    expect(await value(code)).toEqual([
      '/echo?q=%C3%BC',
      'b',
      'Basic bWU6c2VjcmV0',
      '{"a": [1]}',
      'a=b+c',
      true,
      100_000,
      true,
      [302],
      { taste: 'sweet' },
    ])
  })

  test('its own exceptions for statuses, time-outs, redirects without end and broken connections', async () => {
    const code = program('net/requests-exceptions')
    expect(await value(code)).toEqual([
      'requests.exceptions.HTTPError',
      'requests.exceptions.ReadTimeout',
      'requests.exceptions.ConnectionError',
      'requests.exceptions.ConnectionError',
      'requests.exceptions.TooManyRedirects',
      'requests.exceptions.ConnectionError',
    ])
  })

  test('streams a download, and keeps one connection for a session', async () => {
    const code = program('net/requests-download')
    expect(await outcome(code)).toEqual({
      value: [BIG_BYTES, ['line 0', 'line 1', 'line 2', 'line 3'], true, 10],
      connections: 1,
    })
  })

  test('a session serves threads, executors and pools through its own pool of two connections', async () => {
    const urls = (...numbers: number[]) => numbers.map((n) => `/echo?n=${n}`)
    const { value, connections } = await outcome(program('net/requests-in-threads'))
    expect(value).toEqual([urls(0, 1, 2, 3, 4, 5), urls(6, 7), urls(8, 9), urls(10, 11)])
    expect(connections).toBeLessThanOrEqual(2)
  })
})

describeLibrary('urllib3', () => {
  test('keeps connections, replaces those that the server closed, streams and gives up in time', async () => {
    const code = program('net/kept-connections')
    const { value, connections } = await outcome(code)
    expect(value).toEqual([
      [200, 200, 200, 200, 200],
      ['bye', 200],
      BIG_BYTES,
      true,
      200,
      'urllib3.exceptions.ReadTimeoutError',
      'urllib3.exceptions.ProtocolError',
      'urllib3.exceptions.MaxRetryError',
    ])
    // One until `/close`, one until the stream that was not given back, one until the silence, one that hangs up.
    expect(connections).toBeLessThanOrEqual(4)
  })
})

describeLibrary('httpx', () => {
  const BODIES = ['/echo?q=%C3%BC', 'b', 1, 'a=b+c', true, 100_000, 200, 302, { taste: 'sweet' }]
  const RAISED = [
    'httpx.HTTPStatusError',
    'httpx.ReadTimeout',
    'httpx.ReadTimeout',
    'httpx.RemoteProtocolError',
    'httpx.TooManyRedirects',
    'httpx.ConnectError',
  ]

  test('synchronous: bodies, redirects, exceptions, streams, one connection for a client', async () => {
    const bodies = program('net/requests-synchronous')
    expect(await outcome(bodies)).toEqual({ value: [...BODIES, BIG_BYTES], connections: 1 })

    const raised = program('net/requests-raised')
    expect(await value(raised)).toEqual(RAISED)
  })

  test('asynchronous: the same', async () => {
    const bodies = program('net/httpx-asynchronous')
    expect(await outcome(bodies)).toEqual({ value: [...BODIES, BIG_BYTES], connections: 1 })

    const raised = program('net/httpx-raised')
    expect(await value(raised)).toEqual(RAISED)
  })

  test('asynchronous: many at a time, one of them cancelled, and the client goes on', async () => {
    const code = program('net/httpx-at-once')
    expect(await value(code)).toEqual([true, 'asyncio.exceptions.CancelledError', 200])
  })
})

describeLibrary('aiohttp', () => {
  test('bodies, redirects, streams and one connection for a session', async () => {
    const code = program('net/httpx-bodies')
    expect(await outcome(code)).toEqual({
      value: [
        '/echo?q=%C3%BC',
        'b',
        '{"a": 1}',
        'a=b+c',
        true,
        100_000,
        [200, '/echo', 302],
        BIG_BYTES,
        ['line 0', 'line 1', 'line 2', 'line 3'],
      ],
      connections: 1,
    })
  })

  test('its own exceptions, many requests at a time, and cancelling', async () => {
    const code = program('net/aiohttp-exceptions')
    expect(await value(code)).toEqual([
      [
        'aiohttp.client_exceptions.ClientResponseError',
        'builtins.TimeoutError',
        expect.stringMatching(/^aiohttp\.client_exceptions\.S\w+TimeoutError$/),
        'aiohttp.client_exceptions.ServerDisconnectedError',
        'aiohttp.client_exceptions.TooManyRedirects',
        true,
      ],
      true,
      'asyncio.exceptions.CancelledError',
      200,
    ])
  })
})

/** Each library wraps the refusal in an exception of its own, and the result says what it was all the same. */
describe('a refusal that nobody caught', () => {
  const ASYNC = 'async with httpx.AsyncClient() as client:\n    await client.get(url)'
  const AIOHTTP = 'async with aiohttp.ClientSession() as session:\n    await session.get(url)'
  test.each([
    ['requests', 'requests.get(url)'],
    ['urllib3', 'urllib3.PoolManager().request("GET", url)'],
    ['httpx', 'httpx.get(url)'],
    ['httpx', ASYNC],
    ['aiohttp', AIOHTTP],
  ])('by %s: %s', async (name, code) => {
    if (!existsSync(join(FOLDER, name))) return console.warn(`skipped: ${name} is not in ${FOLDER}`)
    const { error, permissions } = await sandbox.execute(
      `${PRELUDE}import ${name}\nurl = 'http://elsewhere.example/'\n${code}`,
      { globals: { port, folder: FOLDER } },
    )
    expect(error).toMatchObject({ kind: 'permission', hint: expect.stringContaining('"allowNet"') })
    expect(error?.message).toContain('elsewhere.example')
    expect(permissions.denied).toContainEqual({
      kind: 'net',
      value: 'elsewhere.example:80',
      count: expect.any(Number),
    })
  })
})

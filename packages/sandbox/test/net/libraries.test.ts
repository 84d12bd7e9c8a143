import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFailed, test, vi } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { BIG_BYTES, startServer } from '../fixtures/net-server.ts'

/**
 * Where the libraries are: those of Debian (`apt-get install python3-requests python3-urllib3 python3-httpx
 * python3-aiohttp`), or a folder of unpacked wheels of other versions.
 */
const FOLDER = process.env.AGENTCHAT_TEST_PACKAGES ?? '/usr/lib/python3/dist-packages'

vi.setConfig({ testTimeout: 90_000 })

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
const PRELUDE = `
import asyncio, json, sys, types
sys.path.insert(0, folder)
def parse_header(line):
    from email.message import Message
    message = Message()
    message['content-type'] = line
    return message.get_content_type(), dict(message.get_params()[1:])
sys.modules['cgi'] = types.ModuleType('cgi')
sys.modules['cgi'].parse_header = parse_header
base = f'http://localhost:{port}'
def named(error):
    return f'{type(error).__module__}.{type(error).__name__}'
def attempt(f):
    try:
        return f()
    except Exception as error:
        return named(error)
async def attempt_async(awaitable):
    try:
        return await awaitable
    except Exception as error:
        return named(error)
def text(error):
    return str(error)
`

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
    const code = `
import requests
got = requests.get(base + '/echo', params={'q': 'ü'}, headers={'X-A': 'b'}, auth=('me', 'secret')).json()
posted = requests.post(base + '/echo', json={'a': [1]}).json()
form = requests.post(base + '/echo', data={'a': 'b c'}).json()
file = requests.post(base + '/echo', files={'f': ('n.txt', b'hello')}).json()
chunks = requests.post(base + '/echo', data=(b'x' * 10_000 for _ in range(10))).json()
moved = requests.get(base + '/redirect')
[got['url'], got['headers']['x-a'], got['headers']['authorization'], posted['body'], form['body'],
 'filename="n.txt"' in file['body'] and 'hello' in file['body'], chunks['size'],
 moved.url == base + '/echo', [each.status_code for each in moved.history], moved.cookies.get_dict()]`
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
    const code = `
import requests
[attempt(lambda: requests.get(base + '/status/404').raise_for_status()),
 attempt(lambda: requests.get(base + '/silent', timeout=0.2)),
 attempt(lambda: requests.get(base + '/half', timeout=0.2)),
 attempt(lambda: requests.get(base + '/hang-up')),
 attempt(lambda: requests.get(base + '/loop')),
 attempt(lambda: requests.get('http://elsewhere.example/'))]`
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
    const code = `
import requests
with requests.Session() as session:
    with session.get(base + '/big', stream=True) as response:
        size = sum(len(piece) for piece in response.iter_content(100_000))
    lines = [line.decode() for line in session.get(base + '/lines', stream=True).iter_lines()]
    statuses = [session.get(base + '/echo').status_code for _ in range(10)]
[size, lines, set(statuses) == {200}, len(statuses)]`
    expect(await outcome(code)).toEqual({
      value: [BIG_BYTES, ['line 0', 'line 1', 'line 2', 'line 3'], true, 10],
      connections: 1,
    })
  })
})

describeLibrary('urllib3', () => {
  test('keeps connections, replaces those that the server closed, streams and gives up in time', async () => {
    const code = `
import urllib3
http = urllib3.PoolManager()
kept = [http.request('GET', base + '/echo').status for _ in range(5)]
closed = [http.request('GET', base + '/close').data.decode(), http.request('GET', base + '/echo').status]
streamed = sum(len(piece) for piece in http.request('GET', base + '/big', preload_content=False).stream(65536))
posted = json.loads(http.request('POST', base + '/echo', fields={'f': ('n.txt', 'hello')}).data)
[kept, closed, streamed, 'hello' in posted['body'], http.request('GET', base + '/redirect').status,
 attempt(lambda: http.request('GET', base + '/silent', timeout=0.2, retries=False)),
 attempt(lambda: http.request('GET', base + '/hang-up', retries=False)),
 attempt(lambda: http.request('GET', 'http://elsewhere.example/', retries=2))]`
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
    const bodies = `
import httpx
with httpx.Client() as client:
    got = client.get(base + '/echo', params={'q': 'ü'}, headers={'X-A': 'b'}).json()
    posted = client.post(base + '/echo', json={'a': 1}).json()
    form = client.post(base + '/echo', data={'a': 'b c'}).json()
    file = client.post(base + '/echo', files={'f': ('n.txt', b'hello')}).json()
    chunks = client.post(base + '/echo', content=(b'x' * 10_000 for _ in range(10))).json()
    moved = client.get(base + '/redirect', follow_redirects=True)
    with client.stream('GET', base + '/big') as response:
        size = sum(len(piece) for piece in response.iter_bytes())
[got['url'], got['headers']['x-a'], json.loads(posted['body'])['a'], form['body'], 'hello' in file['body'],
 chunks['size'], moved.status_code, moved.history[0].status_code, dict(client.cookies), size]`
    expect(await outcome(bodies)).toEqual({ value: [...BODIES, BIG_BYTES], connections: 1 })

    const raised = `
import httpx
[attempt(lambda: httpx.get(base + '/status/404').raise_for_status()),
 attempt(lambda: httpx.get(base + '/silent', timeout=0.2)),
 attempt(lambda: httpx.get(base + '/half', timeout=0.2)),
 attempt(lambda: httpx.get(base + '/hang-up')),
 attempt(lambda: httpx.get(base + '/loop', follow_redirects=True)),
 attempt(lambda: httpx.get('http://elsewhere.example/'))]`
    expect(await value(raised)).toEqual(RAISED)
  })

  test('asynchronous: the same', async () => {
    const bodies = `
import httpx
async def chunks_of(count):
    for _ in range(count):
        yield b'x' * 10_000
async with httpx.AsyncClient() as client:
    got = (await client.get(base + '/echo', params={'q': 'ü'}, headers={'X-A': 'b'})).json()
    posted = (await client.post(base + '/echo', json={'a': 1})).json()
    form = (await client.post(base + '/echo', data={'a': 'b c'})).json()
    file = (await client.post(base + '/echo', files={'f': ('n.txt', b'hello')})).json()
    chunks = (await client.post(base + '/echo', content=chunks_of(10))).json()
    moved = await client.get(base + '/redirect', follow_redirects=True)
    size = 0
    async with client.stream('GET', base + '/big') as response:
        async for piece in response.aiter_bytes():
            size += len(piece)
[got['url'], got['headers']['x-a'], json.loads(posted['body'])['a'], form['body'], 'hello' in file['body'],
 chunks['size'], moved.status_code, moved.history[0].status_code, dict(client.cookies), size]`
    expect(await outcome(bodies)).toEqual({ value: [...BODIES, BIG_BYTES], connections: 1 })

    const raised = `
import httpx
async with httpx.AsyncClient() as client:
    async def status():
        (await client.get(base + '/status/404')).raise_for_status()
    raised = [await attempt_async(each) for each in (
        status(), client.get(base + '/silent', timeout=0.2), client.get(base + '/half', timeout=0.2),
        client.get(base + '/hang-up'), client.get(base + '/loop', follow_redirects=True),
        client.get('http://elsewhere.example/'))]
raised`
    expect(await value(raised)).toEqual(RAISED)
  })

  test('asynchronous: many at a time, one of them cancelled, and the client goes on', async () => {
    const code = `
import httpx
async with httpx.AsyncClient() as client:
    many = await asyncio.gather(*(client.get(f'{base}/{n}') for n in range(20)))
    task = asyncio.create_task(client.get(base + '/silent'))
    await asyncio.sleep(0.1)
    task.cancel()
    cancelled = (await asyncio.gather(task, return_exceptions=True))[0]
    after = await client.get(base + '/echo')
[[each.json()['url'] for each in many] == [f'/{n}' for n in range(20)], named(cancelled), after.status_code]`
    expect(await value(code)).toEqual([true, 'asyncio.exceptions.CancelledError', 200])
  })
})

describeLibrary('aiohttp', () => {
  test('bodies, redirects, streams and one connection for a session', async () => {
    const code = `
import aiohttp
async def chunks_of(count):
    for _ in range(count):
        yield b'x' * 10_000
async with aiohttp.ClientSession() as session:
    async def json_of(method, path, **options):
        async with session.request(method, base + path, **options) as response:
            return await response.json()
    got = await json_of('GET', '/echo', params={'q': 'ü'}, headers={'X-A': 'b'})
    posted = await json_of('POST', '/echo', json={'a': 1})
    form = await json_of('POST', '/echo', data={'a': 'b c'})
    data = aiohttp.FormData()
    data.add_field('f', b'hello', filename='n.txt')
    file = await json_of('POST', '/echo', data=data)
    chunks = await json_of('POST', '/echo', data=chunks_of(10))
    async with session.get(base + '/redirect') as response:
        moved = [response.status, response.url.path, response.history[0].status]
    size = 0
    async with session.get(base + '/big') as response:
        async for piece in response.content.iter_chunked(65536):
            size += len(piece)
    async with session.get(base + '/lines') as response:
        lines = [line.decode().strip() async for line in response.content]
[got['url'], got['headers']['x-a'], posted['body'], form['body'], 'hello' in file['body'], chunks['size'], moved,
 size, lines]`
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
    const code = `
import aiohttp
async with aiohttp.ClientSession() as session:
    async def get(path, **options):
        async with session.get(path if '://' in path else base + path, **options) as response:
            await response.read()
            return response.status
    raised = [await attempt_async(each) for each in (
        get('/status/404', raise_for_status=True), get('/silent', timeout=aiohttp.ClientTimeout(total=0.2)),
        get('/half', timeout=aiohttp.ClientTimeout(sock_read=0.2)), get('/hang-up'), get('/loop'))]
    try:
        await get('http://elsewhere.example/')
    except aiohttp.ClientConnectorError as error:
        raised.append('allowNet' in str(error))
    many = await asyncio.gather(*(get('/echo') for _ in range(20)))
    task = asyncio.create_task(get('/silent'))
    await asyncio.sleep(0.1)
    task.cancel()
    cancelled = (await asyncio.gather(task, return_exceptions=True))[0]
    after = await get('/echo')
[raised, set(many) == {200}, named(cancelled), after]`
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

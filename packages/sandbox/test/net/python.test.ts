import { afterAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { BIG_BYTES, startServer } from '../fixtures/net-server.ts'
import { program } from '../fixtures/program.ts'

/** `attempt(f)` gives what `f()` gives, or the name and the text of its exception. */
const PRELUDE = program('net/streams')

const server = await startServer()
const { port } = server
const sandbox = new PyodideSandbox({
  allowNet: [`localhost:${port}`],
  denyNet: [],
  timeoutSeconds: 20,
  pool: { min: 1, max: 1 },
})
afterAll(async () => {
  await sandbox.close()
  await server.close()
})

/** The value of the last expression of code that must not fail. */
async function value(code: string): Promise<unknown> {
  const result = await sandbox.execute(PRELUDE + code, { globals: { port } })
  expect(result.error).toBeNull()
  return result.result
}

test('urllib.request sends headers, bodies and methods, and follows redirects', async () => {
  const code = `
request = urllib.request.Request(base + '/echo?q=%C3%BC', b'{"a": 1}', {'X-Taste': 'sweet', 'Content-Type': 'application/json'}, method='PUT')
sent = json.loads(urllib.request.urlopen(request).read())
moved = urllib.request.urlopen(base + '/redirect')
{'sent': sent, 'moved': [moved.url, moved.status, moved.headers['content-type']], 'loop': attempt(lambda: read('/loop'))[0]}`
  expect(await value(code)).toMatchObject({
    sent: {
      method: 'PUT',
      url: '/echo?q=%C3%BC',
      body: '{"a": 1}',
      headers: { 'x-taste': 'sweet', 'content-type': 'application/json', host: `localhost:${port}` },
    },
    moved: [`http://localhost:${port}/echo`, 200, 'application/json'],
    loop: 'HTTPError',
  })
})

test('urllib.request raises what it raises for statuses, silence and broken connections', async () => {
  const code = `
def status():
    try:
        read('/status/503')
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode(), error.headers['x-why']]
[status(), attempt(lambda: read('/silent', timeout=0.2)), attempt(lambda: read('/half', timeout=0.2)),
 attempt(lambda: read('/hang-up'))[0]]`
  expect(await value(code)).toEqual([
    [503, 'refused', 'asked'],
    ['TimeoutError', 'timed out'],
    ['TimeoutError', 'timed out'],
    'RemoteDisconnected',
  ])
})

test('a large body goes up and comes down, whole and in pieces', async () => {
  const code = program('net/large-body')
  expect(await value(code)).toEqual([5_000_000, BIG_BYTES, 65_536, BIG_BYTES, 200_000, 'chunked'])
})

test('http.client keeps one connection for several requests', async () => {
  const before = server.connections()
  const code = `
connection = http.client.HTTPConnection('localhost', port)
answers = []
for path in '/a', '/b', '/c':
    connection.request('GET', path)
    answers.append(json.loads(connection.getresponse().read())['url'])
connection.close()
answers`
  expect(await value(code)).toEqual(['/a', '/b', '/c'])
  expect(server.connections() - before).toBe(1)
})

test('asyncio streams: many at a time, a line as it comes, and cancelling one', async () => {
  const code = `
async def get(path):
    reader, writer = await asyncio.open_connection('localhost', port)
    writer.write(f'GET {path} HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n'.encode())
    await writer.drain()
    data = await reader.read()
    writer.close()
    await writer.wait_closed()
    return data.decode().split('\\r\\n\\r\\n')[1]
many = [json.loads(each)['url'] for each in await asyncio.gather(*(get(f'/{n}') for n in range(30)))]
reader, writer = await asyncio.open_connection('localhost', port)
writer.write(b'GET /lines HTTP/1.0\\r\\n\\r\\n')
lines = [line.decode().strip() async for line in reader if line.startswith(b'line')]
task = asyncio.create_task(get('/silent'))
await asyncio.sleep(0.1)
task.cancel()
cancelled = (await asyncio.gather(task, return_exceptions=True))[0]
async def limited():
    async with asyncio.timeout(0.1):
        await get('/silent')
timeout = (await asyncio.gather(limited(), return_exceptions=True))[0]
[many == [f'/{n}' for n in range(30)], lines, type(cancelled).__name__, type(timeout).__name__]`
  expect(await value(code)).toEqual([
    true,
    ['line 0', 'line 1', 'line 2', 'line 3'],
    'CancelledError',
    'TimeoutError',
  ])
})

test('a synchronous request lets other tasks run', async () => {
  const code = `
ticks = 0
async def tick():
    global ticks
    while True:
        ticks += 1
        await asyncio.sleep(0.01)
ticking = asyncio.create_task(tick())
attempt(lambda: read('/silent', timeout=0.3))
ticking.cancel()
ticks > 5`
  expect(await value(code)).toBe(true)
})

test('pyfetch and open_url work as in a browser', async () => {
  const code = `
from pyodide.http import open_url, pyfetch
moved = await pyfetch(base + '/redirect')
posted = await (await pyfetch(base + '/redirect-keep', method='POST', body='hello', headers={'X-A': 'b'})).json()
missing = await pyfetch(base + '/status/404')
[moved.status, moved.url, moved.redirected, (await moved.json())['method'],
 posted['method'], posted['body'], posted['headers']['x-a'],
 missing.ok, missing.status, await missing.text(), json.loads(open_url(base + '/x').read())['url']]`
  expect(await value(code)).toEqual([
    200,
    `http://localhost:${port}/echo`,
    true,
    'GET',
    'POST',
    'hello',
    'b',
    false,
    404,
    'refused',
    '/x',
  ])
})

test('select, poll and selectors tell the truth about connections', async () => {
  const code = program('net/select-and-poll')
  expect(await value(code)).toEqual([true, true, [], true, [true], true, true, true, true])
})

test('a socket that does not block says so, and one without a connection too', async () => {
  const code = program('net/non-blocking-socket')
  expect(await value(code)).toEqual(['BlockingIOError', 'ENOTCONN', 'ENOTSUP', 'ENOTSUP', 'EISCONN', 'EBADF'])
})

test('a URL of FTP, whose host is looked up before it is connected to, is refused by its host', async () => {
  const result = await sandbox.execute('import urllib.request\nurllib.request.urlopen("ftp://example.org/x")')
  expect(result.error).toMatchObject({
    kind: 'permission',
    message: '<urlopen error Cannot look up example.org: "allowNet" does not name it>',
    hint: expect.stringContaining('"example.org"'),
  })
  expect(result.permissions.denied).toMatchObject([{ value: 'example.org' }])
})

test('a download is no interrupt for what computes meanwhile, whatever its bytes are', async () => {
  const code = `
async def load():
    reader, writer = await asyncio.open_connection('localhost', port)
    writer.write(b'GET /ones HTTP/1.0\\r\\n\\r\\n')
    size = 0
    while data := await reader.read(100_000):
        size += len(data)
    return size
task = asyncio.create_task(load())
while not task.done():
    for _ in range(10_000): pass
    await asyncio.sleep(0)
await task > 1_000_000`
  expect(await value(code)).toBe(true)
})

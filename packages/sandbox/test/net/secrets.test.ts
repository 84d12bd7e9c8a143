import { afterAll, beforeAll, expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { command, prepareImage } from '../fixtures/command.ts'
import { echoSecrets, expectHidden, FORMS } from '../fixtures/echo-secrets.ts'
import { tlsFile } from '../fixtures/net-server.ts'

const SECRET = 'sk-live-4f9aKx71/QwErTy+z'
const echo = await echoSecrets()
const { port, plainPort, seen } = echo
beforeAll(prepareImage)
afterAll(() => echo.close())

/** Runs a program that has the secret for the secure server, and may connect to the other one too. */
async function run(
  code: string,
): Promise<{ stdout: string; permissions: Record<'used' | 'denied', object[]>; granted: object }> {
  const prelude = `
import base64, http.client, json, os, ssl, urllib.error, urllib.request
good, plain, key = ${port}, ${plainPort}, os.environ['API_KEY']
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None
opener = urllib.request.build_opener(Stay)
def ask(path, headers=None, data=None, base=f'https://localhost:{good}'):
    headers = {'Authorization': 'Bearer ' + key, 'Accept-Encoding': 'gzip, br', **(headers or {})}
    request = urllib.request.Request(base + path, data, headers)
    try:
        response = opener.open(request)
    except urllib.error.HTTPError as error:
        response = error
    return response.status, str(response.reason), str(response.headers), response.read().decode('latin-1')
`
  const { stdout, stderr } = await command(
    [
      ...[
        'run',
        '-c',
        prelude + code,
        '--json',
        '--redact=off',
        '--timeout=30',
        `--secret=API_KEY@localhost:${port}`,
      ],
      ...['--allow-net=localhost,127.0.0.1', '--deny-net=none'],
    ],
    { env: { NODE_EXTRA_CA_CERTS: tlsFile('ca.pem'), API_KEY: SECRET } },
  )
  expect(stderr).toBe('')
  const result = JSON.parse(stdout)
  expect(result.error).toBeNull()
  return { stdout: result.stdout, permissions: result.permissions, granted: result.permissions.granted }
}

test('a secret goes to its host, and comes back in none of fifteen forms', async () => {
  seen.length = 0
  const paths = Object.keys(FORMS)
  const { stdout, permissions, granted } = await run(`
print(key)
for path in ${JSON.stringify(paths)}:
    print(json.dumps([path, *ask(path)]))
`)
  const [placeholder, ...lines] = stdout.trimEnd().split('\n')
  expect(placeholder).toMatch(/^acssecret[0-9a-f]{40}$/)
  expect(seen.map(({ url }) => url)).toEqual(paths)
  // The server had it each time.
  expect(seen.every(({ authorization }) => authorization === `Bearer ${SECRET}`)).toBe(true)
  expect(lines).toHaveLength(paths.length)
  expectHidden(SECRET, stdout)
  const told = new Map(lines.map((line) => [JSON.parse(line)[0], JSON.parse(line).slice(1)]))
  expect(told.get('/body')).toEqual([200, 'OK', expect.any(String), 'you are [redacted:known-secret]'])
  expect(told.get('/gzip')?.[3]).toBe('[redacted:known-secret]')
  expect(told.get('/chunked')?.[3]).toMatch(/^you are .{0,3}\[redacted:known-secret\]!$/)
  expect(told.get('/redirect')?.slice(0, 3)).toEqual([
    302,
    'Found',
    expect.stringContaining('location: /end?key=[redacted'),
  ])
  expect(told.get('/zstd')?.[0]).toBe(502)
  expect(permissions.used).toContainEqual({
    kind: 'secret',
    value: `API_KEY at localhost:${port}`,
    count: paths.length,
  })
  expect(permissions.denied).toEqual([])
  expect(granted).toMatchObject({ secret: ['API_KEY'] })
})

test('a placeholder goes out as it is everywhere else, and the receipt says so', async () => {
  seen.length = 0
  const { stdout, permissions } = await run(`
print(ask('/plain', base=f'http://localhost:{plain}')[3])
print(ask('/address', base=f'http://127.0.0.1:{plain}')[3])
# The host of another site behind the same address.
print(ask('/fronted', {'Host': 'evil.example'})[3])
# Of a certificate that nobody checks.
opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))
print(ask('/unchecked')[3])
# Where it may not stand.
opener = urllib.request.build_opener(Stay)
print(ask('/in-url?key=' + key, {'Authorization': 'none'}, key.encode())[3])
`)
  expect(seen.map(({ url }) => url.split('?')[0])).toEqual([
    '/plain',
    '/address',
    '/fronted',
    '/unchecked',
    '/in-url',
  ])
  expect(JSON.stringify(seen)).not.toContain(SECRET)
  expect(JSON.stringify(seen).match(/acssecret/g)?.length).toBe(6)
  expectHidden(SECRET, stdout)
  const values = permissions.denied.map((use) => (use as { value: string }).value)
  expect(values).toContain(`API_KEY at localhost:${plainPort}`)
  expect(values).toContain(`API_KEY at localhost:${port}`)
})

test('a connection serves many requests: bodies both ways, user and password, HEAD, and none without the secret', async () => {
  seen.length = 0
  const { stdout } = await run(`
connection = http.client.HTTPSConnection('localhost', good)
def say(method, path, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    response = connection.getresponse()
    print(response.status, len(response.read()))
basic = base64.b64encode(b'ada:' + key.encode()).decode()
say('POST', '/basic', 'x' * 300_000, {'Authorization': 'Basic ' + basic})
say('POST', '/pieces', iter([b'a' * 1000] * 3), {}, encode_chunked=True)
say('HEAD', '/head')
say('GET', '/nothing')
say('DELETE', '/last', None, {'Authorization': 'Token ' + key})
`)
  expect(seen.map(({ url, body }) => [url, body.length])).toEqual([
    ['/basic', 300_000],
    ['/pieces', 3000],
    ['/head', 0],
    ['/nothing', 0],
    ['/last', 0],
  ])
  expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from(`ada:${SECRET}`).toString('base64')}`)
  expect(seen[4]?.authorization).toBe(`Token ${SECRET}`)
  expect(stdout.trimEnd().split('\n')).toHaveLength(5)
  expectHidden(SECRET, stdout)
})

test('secrets are checked when they are given', () => {
  const make = (secret: object) => () =>
    new PyodideSandbox({ secrets: { API_KEY: { value: SECRET, hosts: ['api.example.com'], ...secret } } })
  expect(make({})).not.toThrow()
  expect(make({ value: 'abc' })).toThrow(/at least 6/)
  expect(make({ value: 'line\r\nX-Evil: 1' })).toThrow(/signs of ASCII/)
  expect(make({ hosts: [] })).toThrow(/must name a host/)
  expect(make({ hosts: ['*.example.com'] })).toThrow(/secrets\.API_KEY/)
  expect(make({ places: ['trailers'] })).toThrow(/places/)
})

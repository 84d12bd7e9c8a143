import { attacksOf, listed, mayPass, REFUSED, type Road, request, type World } from '../attack.ts'
import type { Answer } from '../caller.ts'

/** What Node takes of one request, all its headers together, is 16 KiB. */
const ROOM = 15_000

const read = (path: string, headers: Record<string, string | string[]>, answers: readonly number[]) =>
  request('GET', path, () => ({ headers }), answers)
const post = (headers: Record<string, string>, answers: readonly number[]) =>
  request('POST', 'executions', () => ({ json: { code: '1' }, headers }), answers)

/** A request for the file of an execution. */
const fileWith = (
  headers: Record<string, string>,
  answers: readonly number[] = [200, 206, 400, 416, 431],
) => ({
  answers,
  run: async ({ attacker, execution }: World): Promise<Answer> =>
    await attacker.send('GET', `executions/${await execution()}/files/out.bin`, { headers }),
})

const ANY = [200, 304, 400, 401, 404, 406, 412, 421, 422, 431]

/** A value of one header for each grammar, as long as there is room. */
const LONG: Road = {
  ranges: fileWith({ range: `bytes=${listed(ROOM / 4, () => '0-0')}` }),
  'ranges-that-overlap': fileWith({ range: `bytes=${listed(ROOM / 7, (n) => `${n % 100}-9999`)}` }),
  'range-of-digits': fileWith({ range: `bytes=${'9'.repeat(ROOM)}-` }),
  'range-of-commas': fileWith({ range: `bytes=${','.repeat(ROOM)}` }),
  'range-of-spaces': fileWith({ range: `bytes=${' '.repeat(ROOM)}0-1` }),
  'range-backwards': fileWith({ range: 'bytes=9-1,-0,--,1-' }),
  'etags-that-match-not': fileWith({ 'if-none-match': listed(ROOM / 6, (n) => `"${n % 100}"`) }),
  'etag-unclosed': fileWith({ 'if-none-match': `W/"${'W/"'.repeat(ROOM / 3)}` }),
  accept: read('tools', { accept: listed(ROOM / 9, (n) => `a/b;q=0.${n % 9}`) }, ANY),
  'accept-events': post({ accept: listed(ROOM / 20, () => 'text/event-stream;q=0') }, [200, 406, 429, 431]),
  'accept-encoding': read('tools', { 'accept-encoding': listed(ROOM / 12, () => 'gzip;q=0.5') }, ANY),
  'accept-charset': read('tools', { 'accept-charset': listed(ROOM / 10, () => 'x;q=0.5') }, ANY),
  'accept-language': read('tools', { 'accept-language': listed(ROOM / 10, () => 'de;q=0.1') }, ANY),
  'if-modified-since': fileWith({ 'if-modified-since': 'Mon, '.repeat(ROOM / 5) }),
  'if-range': fileWith({ 'if-range': '"'.repeat(ROOM), range: 'bytes=0-1' }),
  te: read('tools', { te: listed(ROOM / 9, () => 'trailers') }, ANY),
  'connection-of-names': read('tools', { connection: listed(ROOM / 8, () => 'x-a, te') }, ANY),
  'multipart-of-nothing': post({ 'content-type': `multipart/form-data; boundary=${'-'.repeat(ROOM)}` }, [
    ...REFUSED,
  ]),
  'form-of-keys': post({ 'content-type': 'application/x-www-form-urlencoded' }, [...REFUSED]),
  'preflight-of-names': request(
    'OPTIONS',
    'executions',
    () => ({
      headers: {
        origin: 'http://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': listed(ROOM / 4, () => 'x-a'),
      },
    }),
    [204, ...ANY],
  ),
  'accept-of-semicolons': read('tools', { accept: `a/b${';'.repeat(ROOM)}` }, ANY),
  'accept-of-spaces': read('tools', { accept: `a/b;${' \t'.repeat(ROOM / 2)}x` }, ANY),
  'accept-of-quotes': read('tools', { accept: `a/b;x="${'\\"'.repeat(ROOM / 2)}` }, ANY),
  'content-type': post({ 'content-type': `application/json${'; a=b'.repeat(ROOM / 5)}` }, [200, 415, 431]),
  'content-type-of-spaces': post({ 'content-type': `application/json${' '.repeat(ROOM)}x` }, [...REFUSED]),
  'content-type-of-dots': post({ 'content-type': `application/${'a.-'.repeat(ROOM / 3)}` }, [...REFUSED]),
  prefer: post({ prefer: listed(ROOM / 8, () => 'wait=9;') }, [200, 202, 429, 431, ...REFUSED]),
  'prefer-of-spaces': post({ prefer: `${' ,'.repeat(ROOM / 2)}x` }, [200, 202, 429, ...REFUSED]),
  'idempotency-key': post({ 'idempotency-key': 'k'.repeat(ROOM) }, [...REFUSED]),
  'if-match': request(
    'PATCH',
    'tools/tol_00000000',
    () => ({ json: {}, headers: { 'if-match': '"1",'.repeat(ROOM / 4) } }),
    [404, 412, 428, ...REFUSED],
  ),
  cookie: read('auth/self', { cookie: 'a=b; '.repeat(ROOM / 5) }, ANY),
  'cookie-of-signs': read('auth/self', { cookie: '=;'.repeat(ROOM / 2) }, ANY),
  'cookie-of-percents': read('auth/self', { cookie: `a=${'%e0'.repeat(ROOM / 3)}` }, ANY),
  'cookie-proto': read('auth/self', { cookie: '__proto__=1; constructor=2; toString=3' }, ANY),
  'forwarded-for': read('healthz', { 'x-forwarded-for': listed(ROOM / 8, () => '1.2.3.4') }, ANY),
  'forwarded-for-of-colons': read('auth/self', { 'x-forwarded-for': ':'.repeat(ROOM) }, ANY),
  authorization: read('tools', { authorization: `Bearer ${' '.repeat(ROOM)}x` }, ANY),
  'authorization-of-letters': read('tools', { authorization: `Bearer ${'x'.repeat(ROOM)}` }, ANY),
  origin: read('tools', { origin: `http://${'a.'.repeat(ROOM / 2)}` }, ANY),
  'request-id': read('tools', { 'x-request-id': 'x'.repeat(ROOM) }, ANY),
  'user-agent': read('tools', { 'user-agent': '('.repeat(ROOM) }, ANY),
}

/** Headers and paths, each with what is long, wide or wrong for its grammar. */
export const headers = attacksOf('header', {
  ...LONG,
  'last-event-id': {
    answers: [200, ...REFUSED],
    run: async ({ attacker, execution }) => {
      const path = `executions/${await execution()}/events`
      const ids = ['9'.repeat(10_000), '1e3', '0x10', '-1', '1.5', ' 1', 'NaN', '9007199254740993']
      return await Promise.all(
        ids.map((id) => attacker.send('GET', path, { headers: { 'last-event-id': id } })),
      )
    },
  },
  many: {
    answers: [0, 200, 400, 431],
    run: async ({ attacker }) => [
      await attacker.raw(`GET /healthz HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(2000)}\r\n`, 500),
      await attacker.raw(
        ['GET /healthz HTTP/1.1\r\n', ...Array(300).fill(`X: ${'1'.repeat(4000)}\r\n`)],
        500,
      ),
    ],
  },
  folded: {
    answers: [400],
    run: async ({ attacker }) =>
      await attacker.raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: 1\r\n${' 2\r\n'.repeat(2000)}\r\n`, 500),
  },
  hosts: {
    answers: [200, 400, 401, 403, 421],
    run: async ({ attacker }) => {
      const hosts = ['evil.example', '[::1', 'a:99999', '@', `${'a.'.repeat(5000)}`, '%00', '']
      const answers = []
      for (const host of hosts) answers.push(await attacker.raw(hostRequest(host), 300))
      return answers
    },
  },
  'two-hosts': {
    answers: [400],
    run: async ({ attacker }) =>
      await attacker.raw('GET /api/v1/tools HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 300),
  },
  paths: {
    answers: [302, 400, 401, 404, 405, 414, 422, 431],
    run: async ({ attacker }) => await Promise.all(PATHS.map((path) => attacker.send('GET', path))),
  },
  queries: {
    answers: [200, ...REFUSED],
    run: async ({ attacker }) =>
      await Promise.all(QUERIES.map((query) => attacker.send('GET', `executions?${query}`))),
  },
  'body-of-a-read': mayPass(request('GET', 'tools', () => ({ body: '['.repeat(100_000) }))),
})

const hostRequest = (host: string) =>
  `GET /api/v1/tools HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

const PATHS = [
  `/${'a/'.repeat(7000)}`,
  `/${'../'.repeat(4000)}etc/passwd`,
  `/api/v1/executions/${'%2f'.repeat(4000)}`,
  `/api/v1/executions/${'%'.repeat(10_000)}`,
  '/api/v1/executions/%00',
  '/api/v1/executions/%ff%fe',
  '/api/v1/executions/__proto__',
  '/api/v1/sessions/constructor/files/x',
  `/api/v1/tools/${'a'.repeat(12_000)}`,
  '//evil.example/api/v1/tools/x',
]

const QUERIES = [
  'limit=1&'.repeat(1500),
  `cursor=${'a'.repeat(12_000)}`,
  `cursor=${'%41'.repeat(4000)}`,
  `${'a[b]'.repeat(3000)}=1`,
  '__proto__=1&constructor=1&limit=5',
  'limit=1e2',
  `limit=${'9'.repeat(10_000)}`,
  '&'.repeat(12_000),
]

import { type Attack, attacksOf, REFUSED, type Road } from '../attack.ts'

const JSON_TYPE = 'Content-Type: application/json\r\n'
const ANY = [0, 200, 302, 401, 404, 405, 501, ...REFUSED]

/** Bytes as they are; `KEY` and `HOST` stand for those of the attacker. */
function bytes(make: () => string, answers: readonly number[] = ANY): Omit<Attack, 'id'> {
  return {
    answers,
    run: async ({ attacker }) =>
      await attacker.raw(make().replaceAll('KEY', attacker.key).replaceAll('HOST', attacker.url.host), 400),
  }
}

/** A request to run code with these headers and this body. */
const post = (headers: string, body: string, answers?: readonly number[]) =>
  bytes(
    () =>
      `POST /api/v1/executions HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n${JSON_TYPE}${headers}\r\n${body}`,
    answers,
  )

const get = (target: string, more = '') => bytes(() => `GET ${target} HTTP/1.1\r\nHost: HOST\r\n${more}\r\n`)
const FINE = '{"code":"1"}'
/** A second request that hides in what may be taken for the body of the first. */
const HIDDEN = 'GET /api/v1/users HTTP/1.1\r\nHost: HOST\r\n\r\n'
/** No answer but a refusal: whoever stands before the service may read it otherwise. */
const NEVER = [0, 400, 501]

/** Where a body begins and ends, said in two ways or in none. */
const LENGTHS: Road = {
  'length-and-chunks': post(
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    `0\r\n\r\n${HIDDEN}`,
    NEVER,
  ),
  'chunks-and-length': post(
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    `0\r\n\r\n${HIDDEN}`,
    NEVER,
  ),
  'two-lengths': post('Content-Length: 12\r\nContent-Length: 4\r\n', FINE, NEVER),
  'lengths-in-a-list': post('Content-Length: 12, 12\r\n', FINE, NEVER),
  'length-with-a-sign': post('Content-Length: +12\r\n', FINE, NEVER),
  'length-below-zero': post('Content-Length: -1\r\n', FINE, NEVER),
  'length-in-hex': post('Content-Length: 0xc\r\n', FINE, NEVER),
  'length-past-all-numbers': post(`Content-Length: ${'9'.repeat(30)}\r\n`, FINE, [...NEVER, 413]),
  'length-of-a-terabyte': post('Content-Length: 1099511627776\r\n', FINE, [0, 413]),
  'chunked-twice': post('Transfer-Encoding: chunked, chunked\r\n', `c\r\n${FINE}\r\n0\r\n\r\n`),
  'chunked-then-gzip': post('Transfer-Encoding: chunked, gzip\r\n', `c\r\n${FINE}\r\n0\r\n\r\n`, NEVER),
  'chunked-misspelt': post('Transfer-Encoding: xchunked\r\n', `c\r\n${FINE}\r\n0\r\n\r\n`, NEVER),
  'chunked-after-a-tab': post('Transfer-Encoding:\tchunked\r\n', `c\r\n${FINE}\r\n0\r\n\r\n`, [...ANY]),
  'space-before-the-colon': post('Transfer-Encoding : chunked\r\n', `c\r\n${FINE}\r\n0\r\n\r\n`, NEVER),
  'chunk-past-all-numbers': post('Transfer-Encoding: chunked\r\n', `fffffffffffffffff\r\n${FINE}`, NEVER),
  'chunk-with-a-sign': post('Transfer-Encoding: chunked\r\n', `+c\r\n${FINE}\r\n0\r\n\r\n`, NEVER),
  'chunk-without-an-end': post('Transfer-Encoding: chunked\r\n', `c\r\n${FINE}XX0\r\n\r\n`, NEVER),
  'chunk-of-another-line-end': post('Transfer-Encoding: chunked\r\n', `c\n${FINE}\n0\n\n`, [...NEVER, 200]),
  'trailer-that-is-a-header': post(
    'Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n',
    `c\r\n${FINE}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`,
  ),
}

/** Where a request is for, and how. */
const TARGETS: Road = {
  'absolute-target': get('http://evil.example/api/v1/tools', 'Authorization: Bearer KEY\r\n'),
  'absolute-target-of-another-kind': get('ftp://HOST/api/v1/tools'),
  'target-with-a-password': get('http://a:b@HOST/healthz'),
  'target-of-an-authority': bytes(() => 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: HOST\r\n\r\n'),
  'target-of-a-star': bytes(() => 'OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n'),
  'target-of-nothing': bytes(() => 'GET  HTTP/1.1\r\nHost: HOST\r\n\r\n'),
  'target-of-backslashes': get('\\api\\v1\\tools'),
  'target-of-dots': get(`/${'%2e%2e/'.repeat(1500)}api/v1/tools`),
  'target-with-a-fragment': get('/api/v1/tools#/../../healthz'),
  'target-of-other-letters': get('/api/v1/t\u00f6\u00f6ls'),
  'no-host': bytes(() => 'GET /api/v1/tools HTTP/1.1\r\n\r\n'),
  'an-older-version': bytes(() => 'GET /api/v1/tools HTTP/1.0\r\n\r\n'),
  'no-version': bytes(() => 'GET /api/v1/tools\r\n\r\n'),
  'a-version-to-come': bytes(() => 'GET /healthz HTTP/9.9\r\nHost: HOST\r\n\r\n', [0, 400, 505]),
  trace: bytes(() => 'TRACE /api/v1/tools HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n\r\n'),
  head: bytes(() => 'HEAD /api/v1/tools HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer KEY\r\n\r\n'),
  'method-of-small-letters': bytes(() => 'get /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n'),
  'another-line-end': bytes(() => 'GET /healthz HTTP/1.1\nHost: HOST\n\n'),
  'no-line-end': bytes(() => 'G'.repeat(2 ** 20)),
  'empty-lines-first': bytes(() => `${'\r\n'.repeat(100_000)}GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n`),
  'header-without-a-name': get('/healthz', ': x\r\n'),
  'header-of-control-characters': get('/healthz', 'X-A: \u0000\u0001\r\n'),
  'header-of-a-line-end': get('/healthz', 'X-A: a\rSet-Cookie: b\r\n'),
  'header-proto': get('/healthz', '__proto__: a\r\nconstructor: b\r\n'),
  'expect-something-else': post('Expect: 200-maybe\r\nContent-Length: 12\r\n', FINE, [...ANY, 417]),
  'expect-without-a-body': post('Expect: 100-continue\r\nContent-Length: 12\r\n', '', [...ANY, 100]),
  'upgrade-to-http-2': get(
    '/healthz',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
  ),
  'upgrade-with-a-body': post('Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 12\r\n', FINE),
}

/** How requests are cut out of a connection: what two programs may read in two ways. */
export const framing = attacksOf('framing', { ...LENGTHS, ...TARGETS })

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { serve } from '../../../test/fixtures/package-index.ts'
import { folderWith } from '../../../test/fixtures/wheels.ts'
import { PackageError } from '../errors/errors.ts'
import { findPyodide } from '../host/pyodide-package.ts'
import { FetchError, type FetchPlan, fetchPieces } from './fetch-pieces.ts'
import { findPackages } from './find-packages.ts'

/** The whole answer. */
async function fetchAll(address: string, plan: FetchPlan) {
  const pieces: Uint8Array[] = []
  let from = ''
  for await (const { bytes, url } of fetchPieces(address, plan)) {
    pieces.push(bytes)
    from = url
  }
  return { bytes: Buffer.concat(pieces), url: from }
}

const SMALL = { maxBytes: 1000, silenceMs: 1000 }

const json = (response: ServerResponse, value: unknown) =>
  response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json').end(JSON.stringify(value))

test.each<[string, (response: ServerResponse) => void, string, RegExp]>([
  ['404', (response) => response.writeHead(404).end('no'), 'no-such-package', /does not know it/],
  ['500', (response) => response.writeHead(500).end('no'), 'index-failed', /answered 500/],
  [
    'HTML',
    (response) => response.setHeader('content-type', 'text/html').end('<a href="foo">foo</a>'),
    'index-failed',
    /answered with "text\/html"/,
  ],
  ['JSON of another kind', (response) => json(response, { info: {} }), 'index-failed', /PEP 691/],
  [
    'half of it',
    (response) => response.setHeader('content-type', 'a/json').end('{"meta"'),
    'index-failed',
    /PEP 691/,
  ],
  ['silence', () => {}, 'no-network', /did not answer within 1 s/],
  [
    'a drop now and then, then silence',
    (response) => void response.setHeader('content-type', 'a/json').write('{'),
    'no-network',
    /did not answer within/,
  ],
  ['a closed line', (response) => response.destroy(), 'no-network', /cannot be reached/],
  [
    'a redirect to plain http elsewhere',
    (response) => response.writeHead(302, { location: 'http://example.com/' }).end(),
    'index-failed',
    /led to "http:\/\/example\.com\/", which is not an https address/,
  ],
  [
    'a redirect into this machine',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'index-failed',
    /not an https address/,
  ],
  [
    'a redirect to a file',
    (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'index-failed',
    /not an https address/,
  ],
  [
    'a redirect in a circle',
    (response) => response.writeHead(302, { location: '/' }).end(),
    'index-failed',
    /more than 5/,
  ],
])('an index that answers with %s is an error that says so', async (_what, answer, kind, detail) => {
  using cache = folderWith()
  await using server = await serve((_request, response) => answer(response))
  const places = {
    cacheDir: cache.path,
    indexUrl: server.url,
    distributionUrl: server.url,
    silenceMs: SMALL.silenceMs,
  }
  const started = performance.now()
  const error: unknown = await findPackages(['no-such-thing'], places, findPyodide()).catch(
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(PackageError)
  expect((error as PackageError).problems).toEqual([
    { requirement: 'no-such-thing', kind, detail: expect.stringMatching(detail) },
  ])
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('fetchPieces() follows a redirect on the same server', async () => {
  await using server = await serve(({ url }, response) =>
    url === '/a' ? response.writeHead(301, { location: '/b' }).end() : response.end('here'),
  )
  const { bytes, url } = await fetchAll(`${server.url}a`, SMALL)
  expect([Buffer.from(bytes).toString(), url]).toEqual(['here', `${server.url}b`])
})

test.each([
  [
    'says so',
    (response: ServerResponse) => response.setHeader('content-length', 5000).end(Buffer.alloc(5000)),
  ],
  [
    'does not say so',
    (response: ServerResponse) => {
      response.write(Buffer.alloc(5000))
      response.end()
    },
  ],
])('fetchPieces() refuses an answer that is too large, and %s', async (_how, answer) => {
  await using server = await serve((_request, response) => void answer(response))
  await expect(fetchAll(server.url, SMALL)).rejects.toMatchObject({
    kind: 'too-large',
    message: expect.stringMatching(/5000 bytes or more, at most 1000 are allowed/),
  })
})

test.each([
  'http://example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'nonsense',
  'http://127.0.0.1.example.com/',
])('fetchPieces(%j) is refused before anything is sent', async (address) => {
  await expect(fetchAll(address, SMALL)).rejects.toBeInstanceOf(FetchError)
})

test('fetchPieces() refuses a link of a server to another machine without https', async () => {
  await using server = await serve((_request, response) => response.end('secret'))
  await expect(fetchAll(server.url, { ...SMALL, linkedFrom: 'https://index.example.com/' })).rejects.toThrow(
    /index\.example\.com led to/,
  )
  expect(server.asked).toEqual([])
})

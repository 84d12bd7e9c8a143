import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeService } from './service-fixture.ts'

const RUNS = 60
/** Texts of a grammar: runs of what it knows, beside one another, with a bad end; so long that what is quadratic shows. */
const CHARS = 12_000
/** What a request may compute: a grammar that is read in linear time takes a tenth of it. */
const MAX_CPU_MS = 400

function textOf(pieces: readonly string[], chars = CHARS): fc.Arbitrary<string> {
  const run = fc.record({ piece: fc.constantFrom(...pieces), share: fc.integer({ min: 1, max: 4 }) })
  return fc
    .tuple(fc.array(run, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '!', ...pieces))
    .map(([runs, end]) => {
      const all = runs.reduce((sum, { share }) => sum + share, 0)
      const texts = runs.map(({ piece, share }) =>
        piece.repeat(Math.ceil((chars * share) / all / piece.length)),
      )
      return `${texts.join('')}${end}`
    })
}

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: [
    'text/',
    'event-stream',
    '*',
    '/',
    ';',
    'q=0.5',
    'q=',
    ',',
    ' ',
    '\t',
    '"',
    '\\',
    'application/json',
  ],
  'accept-encoding': ['gzip', ';q=', '0', ',', '*', ' '],
  'content-type': ['application/json', ';', ' ', 'charset', '=', 'utf-8', '"', '+json', '.', '/'],
  'content-encoding': ['identity', 'gzip', ',', ' '],
  cookie: ['a=b', ';', ' ', '=', '%', '%e0', '"', 'better-auth.session_token='],
  authorization: ['Bearer', ' ', 'acs_', 'x', ',', 'Basic '],
  range: ['bytes=', '0', '9', '-', ',', ' ', 'items='],
  'if-none-match': ['"', 'W/', 'a', ',', '*', ' '],
  'if-match': ['"', 'W/', '1', ',', '*', ' '],
  prefer: ['respond-async', 'wait=', '1', ',', ';', ' ', '"', '='],
  'last-event-id': ['0', '9', '-', '.', 'e', ' '],
  'idempotency-key': ['k', '-', '!', '"'],
  origin: ['http://', 'a', '.', ':', '@', '/', '%'],
  'x-forwarded-for': ['1.2.3.4', ':', '[', ']', ',', ' ', '::', '%'],
  'x-request-id': ['a', '.', '-', ' '],
  'sec-fetch-site': ['same-origin', ' ', 'none'],
}

const PATHS = [
  '/',
  '%2f',
  '%00',
  '..',
  '%2e%2e',
  'a',
  '%ff',
  '%',
  '\\',
  ':',
  '%ed%a0%80',
  '__proto__',
  ';',
  '//',
]
const QUERIES = [
  'limit=',
  '1',
  '&',
  '=',
  'cursor=',
  '%41',
  '%',
  '+',
  '[',
  ']',
  'a',
  'scope=all',
  '__proto__',
  '#',
]
const JSON_PIECES = [
  '[',
  ']',
  '{',
  '}',
  '"',
  ':',
  ',',
  '\\',
  '\\u0000',
  '1',
  '1e9',
  '-',
  '.',
  'a',
  ' ',
  '\ufeff',
]
const URLS = [
  'http://',
  'https:',
  '//',
  'a',
  '.',
  ':',
  '@',
  '[',
  ']',
  '%',
  '0x7f',
  '127.',
  '/',
  '?',
  '#',
  '\\',
  'ä',
]
const NAMES = ['a', '/', '\\', ':', '.', '..', 'COM1', '\u0000', '\ud800', 'ä', ' ', '\u202e']
const IDENTIFIERS = ['a', '_', '1', '-', ' ', 'é', '\u{10400}', '__proto__']
const SCHEMAS = [
  '{"allOf":[',
  '{"$ref":"#"}',
  '{"properties":{"a":',
  '{"pattern":"(a+)+$"}',
  '{"enum":[1]}',
  '{}',
  ',',
  ']',
  '}}',
  '{"format":"email"}',
  '{"$dynamicRef":"#n"}',
  '{"contains":',
  '{"propertyNames":',
]
const DOCUMENTS = [
  'openapi: 3.1.0\n',
  'a: ',
  '- ',
  '? ',
  '&a ',
  '*a ',
  '!!x ',
  '<<: ',
  '{',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '\n',
  ' ',
  '#',
  '---\n',
  '%TAG ',
]

describeService('what strangers write', (service, _postgres, kind) => {
  const only = test.runIf(kind === 'embedded')

  /** Sends what is made, and demands an answer that is no failure of the service, in linear time. */
  async function bears<Given>(given: fc.Arbitrary<Given>, send: (given: Given) => Promise<Response>) {
    await fc.assert(
      fc.asyncProperty(given, async (made) => {
        const before = process.cpuUsage()
        const { status } = await send(made)
        const { user, system } = process.cpuUsage(before)
        expect(status).toBeLessThan(500)
        expect((user + system) / 1000).toBeLessThan(MAX_CPU_MS)
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
  }

  const request = (method: string, path: string, init: RequestInit = {}) =>
    Promise.resolve(
      service().app.request(path, {
        method,
        ...init,
        headers: { authorization: `Bearer ${service().admin.apiKey}`, ...init.headers },
      }),
    )
  const post = (path: string, body: string) =>
    request('POST', path, { body, headers: { 'content-type': 'application/json' } })

  only.each(Object.entries(HEADERS))('the header %s', async (name, pieces) => {
    const read = (value: string) => request('GET', '/api/v1/tools', { headers: { [name]: value } })
    const change = (value: string) =>
      request('PATCH', '/api/v1/tools/tool_none', {
        body: '{}',
        headers: { 'content-type': 'application/json', [name]: value },
      })
    await bears(textOf(pieces), async (value) => {
      await read(value)
      return await change(value)
    })
  })

  only('paths and queries', async () => {
    await bears(textOf(PATHS), (text) => request('GET', new URL(`http://a/api/v1/executions/${text}`).href))
    await bears(textOf(PATHS), (text) =>
      request('GET', new URL(`http://a/api/v1/sessions/s/files/${text}`).href),
    )
    await bears(textOf(QUERIES), (text) => request('GET', `/api/v1/audit?${text}`))
  })

  only('bodies', async () => {
    await bears(textOf(JSON_PIECES, 500_000), (text) => post('/api/v1/executions', text))
    await bears(textOf(JSON_PIECES, 500_000), (text) =>
      post('/api/v1/executions', `{"code":1,"globals":{"a":[${text}]}}`),
    )
  })

  only('addresses of webhooks, names of files and of globals', async () => {
    const bad = { code: '1', timeoutSeconds: -1 }
    await bears(textOf(URLS), (url) =>
      post('/api/v1/executions', JSON.stringify({ ...bad, webhook: { url, secret: url } })),
    )
    await bears(textOf(NAMES, 100_000), (path) =>
      post('/api/v1/executions', JSON.stringify({ ...bad, files: [{ path, text: '' }] })),
    )
    await bears(textOf(IDENTIFIERS, 100_000), (name) =>
      post('/api/v1/executions', JSON.stringify({ ...bad, globals: { [name]: 1 } })),
    )
  })

  only('what a user is called', async () => {
    for (const pieces of [
      ['a', '.', '@', '+', '-', ' ', '"'],
      ['ä', '\u0000', ' '],
    ])
      await bears(textOf(pieces, 60_000), (email) =>
        post('/api/v1/auth/sign-in', JSON.stringify({ email, password: email })),
      )
  })

  only(
    'schemas and documents',
    async () => {
      const tool = { name: 'made', kind: 'openapi', definition: { document: {} } }
      await bears(textOf(SCHEMAS, 20_000), (text) =>
        post(
          '/api/v1/tools',
          `{"name":"made","kind":"openapi","definition":{"document":{}},"parameters":${text}}`,
        ),
      )
      await bears(textOf(DOCUMENTS, 100_000), (document) =>
        post('/api/v1/tools', JSON.stringify({ ...tool, definition: { document } })),
      )
    },
    120_000,
  )

  only('names and arguments of tools', async () => {
    await bears(textOf(IDENTIFIERS, 100_000), (name) =>
      post('/api/v1/tools', JSON.stringify({ name, kind: 'openapi', definition: { document: {} } })),
    )
    await bears(textOf(JSON_PIECES, 300_000), (text) =>
      post('/api/v1/tools/tool_none/execute', `{"arguments":{"a":${text}}}`),
    )
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { trustedProxies } from '../../src/http/client-address.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { silentLogger } from '../../src/logger.ts'
import { sendRaw } from './fixtures/raw-request.ts'
import { ADMIN, startTestService, type TestService } from './fixtures/service.ts'
import { bodies } from './negotiation/bodies.ts'

const TOKEN = 'a token for prometheus'
let folder = ''
let service: TestService
let listening: Listening

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'acs-negotiation-'))
  service = await startTestService({ folder }, { filesFolder: join(folder, 'files') })
  const app = createApp({
    ...{ services: service.services.context, logger: silentLogger, version: '0.0.0' },
    ...{
      publicUrl: 'https://sandbox.example',
      corsOrigins: ['https://app.example'],
      maxRequestBytes: 2 ** 20,
    },
    ...{ isTrustedProxy: trustedProxies(['127.0.0.1']), metricsToken: TOKEN },
  })
  listening = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  listening.destroy()
  await service.services.close(0)
  rmSync(folder, { recursive: true, force: true })
})

/** Sends a request to the service byte for byte. */
const raw = (line: string, headers: readonly string[], body?: string | Uint8Array, host?: string) =>
  sendRaw(listening.port, { line, headers, body, host })

const auth = () => `Authorization: Bearer ${service.admin.apiKey}`
const JSON_TYPE = 'Content-Type: application/json'
const CODE = '{"code":"print(1)"}'

test.each([
  ['text/event-stream', /text\/event-stream/],
  ['TEXT/EVENT-STREAM', /text\/event-stream/],
  ['text/event-stream;q=0', /application\/json/],
  ['text/event-streamx', /application\/json/],
  ['*/*', /application\/json/],
])('POST /executions with "Accept: %s" answers %s', async (accept, type) => {
  const { status, head } = await raw(
    'POST /api/v1/executions',
    [auth(), JSON_TYPE, `Accept: ${accept}`],
    CODE,
  )
  expect(status).toBe(200)
  expect(head).toMatch(type)
})

test.each(['1e1', '0x10', '%201', '-1', '1.0', ''])('a list with "limit=%s" is refused', async (limit) => {
  expect((await raw(`GET /api/v1/executions?limit=${limit}`, [auth()])).status).toBe(422)
  expect((await raw('GET /api/v1/executions?limit=10', [auth()])).status).toBe(200)
})

test.each(['%FF', '%', '%C3%28', '%u0041'])(
  'a path with "%s" is refused, and not taken as it stands',
  async (text) => {
    expect((await raw(`PUT /api/v1/sessions/ses_x/files/${text}`, [auth()], 'x')).status).toBe(400)
    expect((await raw('PUT /api/v1/sessions/ses_x/files/%C3%A9%25', [auth()], 'x')).status).toBe(404)
  },
)

test('a second "Authorization" is refused, not passed over', async () => {
  const { status, body } = await raw('GET /api/v1/tools', [auth(), 'Authorization: Bearer acs_other'])
  expect(status).toBe(400)
  expect(body).toContain('authorization')
})

test.each([
  ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
  ['PUT', '/api/v1/executions', 'GET, HEAD, OPTIONS, POST'],
  ['POST', '/api/v1/tools/tool_x', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
  ['PATCH', '/api/v1/sessions/ses_x/files/a/b.txt', 'DELETE, GET, HEAD, OPTIONS, PUT'],
  ['POST', '/api/docs', 'GET, HEAD, OPTIONS'],
  ['GET', '/api/v1/auth/sign-in', 'OPTIONS, POST'],
])('%s %s is 405 and says what there is', async (method, path, allow) => {
  const { status, head, body } = await raw(`${method} ${path}`, [auth()])
  expect(status).toBe(405)
  expect(head.toLowerCase()).toContain(`\r\nallow: ${allow.toLowerCase()}\r\n`)
  expect(body).toContain('method-not-allowed')
})

test('a path that is not there is 404 whatever the method; OPTIONS needs no credentials', async () => {
  expect((await raw('PUT /api/v1/nothing', [auth()])).status).toBe(404)
  expect((await raw('OPTIONS /api/v1/nothing', [])).status).toBe(404)
  const { status, head } = await raw('OPTIONS /api/v1/tools', [])
  expect(status).toBe(204)
  expect(head).toMatch(/^allow: GET, HEAD, OPTIONS, POST$/im)
})

test('a name with a line end leads past nobody who asks for credentials', async () => {
  for (const method of ['GET', 'PUT', 'DELETE'])
    for (const path of [
      'sessions/ses_1/files/%0d%0aa',
      'executions/exe_1/files/a%0a',
      'tools/%0a',
      'tools%0a',
    ]) {
      const { status } = await raw(`${method} /api/v1/${path}`, [])
      expect([401, 404, 405]).toContain(status)
    }
  expect((await raw('GET /api/v1/sessions/ses_1/files/%0d%0aa', [])).status).toBe(401)
  expect((await raw('GET /api/v1/sessions/ses_1/files/%0d%0aa', [auth()])).status).toBe(404)
})

test('a preflight is answered for the sites that are allowed, and without leave for others', async () => {
  const preflight = async (origin: string) =>
    await raw('OPTIONS /api/v1/executions', [`Origin: ${origin}`, 'Access-Control-Request-Method: POST'])
  const own = await preflight('https://app.example')
  expect(own.status).toBe(204)
  expect(own.head).toMatch(/access-control-allow-origin: https:\/\/app\.example/i)
  const foreign = await preflight('https://evil.example')
  expect(foreign.status).toBe(204)
  expect(foreign.head).not.toMatch(/access-control-allow-origin/i)
})

test('HEAD answers as GET without a body, and starts no stream of events', async () => {
  const { body: made } = await raw('POST /api/v1/executions', [auth(), JSON_TYPE, 'Accept: */*'], CODE)
  const { id } = JSON.parse(made)
  const { status, head, body } = await raw(`HEAD /api/v1/executions/${id}/events`, [auth()])
  expect({ status, body }).toEqual({ status: 200, body: '' })
  expect(head).toMatch(/content-type: text\/event-stream/i)
  expect((await raw('HEAD /healthz', [])).status).toBe(200)
})

test('a "Last-Event-ID" that is no number of an event is refused', async () => {
  const { body: made } = await raw('POST /api/v1/executions', [auth(), JSON_TYPE], CODE)
  const path = `/api/v1/executions/${JSON.parse(made).id}/events`
  for (const id of ['1e3', '0x10', '-1', '1.0', ' 1 2', '1, 2', '9'.repeat(40)])
    expect((await raw(`GET ${path}`, [auth(), `Last-Event-ID: ${id}`])).status, id).toBe(422)
  expect((await raw(`GET ${path}`, [auth(), 'Last-Event-ID: 1'])).status).toBe(200)
})

test('cookies count under the names of the service alone; keys under every name', async () => {
  const body = JSON.stringify(ADMIN)
  const signIn = async (host: string, origin: string) =>
    await raw('POST /api/v1/auth/sign-in', [JSON_TYPE, `Origin: ${origin}`], body, host)
  expect((await signIn('evil.example', 'http://evil.example')).status).toBe(421)
  const own = await signIn('sandbox.example', 'https://sandbox.example')
  expect(own.status).toBe(200)
  const cookie = /^set-cookie: ([^;]+)/im.exec(own.head)?.[1] ?? ''
  const self = async (host: string, header: string) =>
    (await raw('GET /api/v1/auth/self', [header], '', host)).status
  expect(await self('evil.example', `Cookie: ${cookie}`)).toBe(421)
  expect(await self('evil.example:8787', `Cookie: ${cookie}`)).toBe(421)
  expect(await self('sandbox.example:8443', `Cookie: ${cookie}`)).toBe(200)
  expect(await self('127.0.0.1:8787', `Cookie: ${cookie}`)).toBe(200)
  expect(await self('[::1]:8787', `Cookie: ${cookie}`)).toBe(200)
  expect(await self('inside.example', auth())).toBe(200)
})

test('/metrics is for administrators and the bearer of its token', async () => {
  const status = async (...headers: string[]) => (await raw('GET /metrics', headers)).status
  const user = await service.newUser('metrics')
  const reader = await service.keyOf(service.admin, ['audit:read'])
  expect(await status()).toBe(401)
  expect(await status('Authorization: Bearer undefined')).toBe(401)
  expect(await status(`Authorization: Bearer ${TOKEN}x`)).toBe(401)
  expect(await status(`Authorization: Bearer ${user.apiKey}`)).toBe(403)
  expect(await status(`Authorization: Bearer ${reader.apiKey}`)).toBe(403)
  expect(await status(auth())).toBe(200)
  expect(await status(`Authorization: Bearer ${TOKEN}`)).toBe(200)
})

test('behind a trusted proxy each client is a place of its own, and the audit tells it', async () => {
  const guess = async (from: string, email: string, password: string) =>
    await raw(
      'POST /api/v1/auth/sign-in',
      [JSON_TYPE, `X-Forwarded-For: 10.66.66.66, ${from}`],
      JSON.stringify({ email, password }),
    )
  for (let n = 0; n < 52; n += 1) await guess('203.0.113.66', `nobody${n}@example.com`, 'wrong')
  expect((await guess('203.0.113.66', 'another@example.com', 'wrong')).status).toBe(429)
  expect((await guess('203.0.113.7', ADMIN.email, ADMIN.password)).status).toBe(200)
  const { body } = await service.as(service.admin)('GET', 'audit?action=user.sign-in&limit=1')
  expect(body.items[0]?.detail.place).toBe('203.0.113.7')
})

test('a connection that sends many requests ahead is ended; the others are answered', async () => {
  const socket = connect(listening.port, '127.0.0.1')
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000))
  socket.on('error', () => {}).resume()
  await new Promise((resolve) => socket.once('close', resolve))
  const few = connect(listening.port, '127.0.0.1')
  few.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4))
  let text = ''
  for await (const chunk of few as AsyncIterable<Buffer>) {
    text += chunk.toString()
    if (text.split('HTTP/1.1 200').length > 4) break
  }
  expect((await raw('GET /healthz', [])).status).toBe(200)
})

bodies(() => ({ port: listening.port, authorization: auth() }))

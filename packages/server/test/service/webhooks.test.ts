import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { recover } from '../../src/services/maintenance.ts'
import { RETRY_AFTER_SECONDS } from '../../src/services/webhooks/webhook-sender.ts'
import { describeService } from './fixtures/service.ts'

const KEY = Buffer.alloc(32, 9)
const SECRET = `whsec_${KEY.toString('base64')}`
const ASYNC = { prefer: 'respond-async' }

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const received: Received[] = []
/** What the receiver answers, in turn; 204 when there is nothing more. */
let answers: number[] = []
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      const status = answers.shift() ?? 204
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})
beforeEach(() => {
  received.length = 0
  answers = []
})

const url = () => `http://127.0.0.1:${port}/hook?a=1`

describeService('webhooks', (service) => {
  async function run(code: string, target = url()) {
    const request = service().as(service().admin)
    const webhook = { url: target, secret: SECRET }
    const { status, body } = await request('POST', 'executions', { code, webhook }, ASYNC)
    expect(status).toBe(202)
    return body.id as string
  }

  async function delivery(id: string, status: string) {
    const request = service().as(service().admin)
    const read = async () => (await request('GET', `executions/${id}/webhook`)).body
    await expect.poll(async () => (await read()).status).toBe(status)
    return await read()
  }

  test('tell that a run is over, signed as Standard Webhooks says', async () => {
    const id = await run('print("never in a message")')
    expect(await delivery(id, 'delivered')).toMatchObject({ attempts: 1, lastStatus: 204, lastError: null })
    const [message] = received
    expect(received).toHaveLength(1)
    expect(message?.path).toBe('/hook?a=1')
    const {
      'webhook-id': messageId,
      'webhook-timestamp': at,
      'webhook-signature': signature,
    } = message?.headers ?? {}
    expect(messageId).toBe(`msg_${id}`)
    expect(Math.abs(Number(at) - Date.now() / 1000)).toBeLessThan(60)
    const expected = createHmac('sha256', KEY).update(`${messageId}.${at}.${message?.body}`).digest('base64')
    expect(signature).toBe(`v1,${expected}`)
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      type: 'execution.finished',
      data: { id, status: 'success', userId: service().admin.id },
    })
    expect(message?.body).not.toContain('never in a message')
    const { body: audit } = await service().as(service().admin)('GET', 'audit?action=webhook.deliver')
    expect(audit.items[0]).toMatchObject({ resourceId: id, outcome: 'success', detail: { attempt: 1 } })
  })

  test('are tried again until the receiver has heard, with the same id', async () => {
    answers = [500, 302, 429]
    const id = await run('1/0')
    expect(await delivery(id, 'delivered')).toMatchObject({ attempts: 4, lastStatus: 204 })
    expect(received.map(({ path }) => path)).toEqual(received.map(() => '/hook?a=1'))
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`msg_${id}`]))
    expect(JSON.parse(received[0]?.body ?? '').data.status).toBe('error')
  })

  test('are given up when the receiver says that it is gone', async () => {
    answers = [410]
    expect(await delivery(await run('1'), 'failed')).toMatchObject({ attempts: 1, lastStatus: 410 })
  })

  test('go to no private address that no administrator allowed, and are given up in the end', async () => {
    const id = await run('1', `http://localhost:${port}/`)
    // All pauses together, at five milliseconds a second.
    expect(RETRY_AFTER_SECONDS.reduce<number>((sum, each) => sum + each, 0) * 5).toBeLessThan(60_000)
    const request = service().as(service().admin)
    const read = async () => (await request('GET', `executions/${id}/webhook`)).body
    await expect.poll(async () => (await read()).attempts).toBeGreaterThan(1)
    expect((await read()).lastError).toMatch(/localhost/)
    expect(received).toEqual([])
  })

  test('of a run that a killed service left behind are sent when it starts anew', async () => {
    const { context } = service().services
    const id = await run('import time\ntime.sleep(30)')
    expect(await delivery(id, 'pending')).toMatchObject({ attempts: 0 })
    await recover(context)
    context.webhooks.nudge()
    await delivery(id, 'delivered')
    expect(JSON.parse(received.at(-1)?.body ?? '').data.status).toBe('interrupted')
    // What no kill has ended here is ended by hand, before its time is over.
    context.runs.find(id)?.stop('interrupted')
    await service().as(service().admin)('DELETE', `executions/${id}`)
  })

  test('are refused without "Prefer: respond-async", with a secret that is none, and to what is no web', async () => {
    const request = service().as(service().admin)
    const problems = async (webhook: object, headers: Record<string, string> = ASYNC) => {
      const { status, body } = await request('POST', 'executions', { code: '1', webhook }, headers)
      expect(status).toBe(422)
      return body.problems.map(({ path }: { path: string }) => path)
    }
    expect(await problems({ url: url(), secret: SECRET }, {})).toEqual(['webhook'])
    expect(await problems({ url: url(), secret: 'whsec_short' })).toEqual(['webhook.secret'])
    for (const bad of ['ftp://example.com/', 'http://user:secret@example.com/', 'nonsense'])
      expect(await problems({ url: bad, secret: SECRET }), bad).toEqual(['webhook.url'])
  })

  test('their secrets are told to nobody and lie sealed in the database', async () => {
    const id = await run('1')
    const told = await delivery(id, 'delivered')
    expect(JSON.stringify(told)).not.toContain(SECRET.slice(6))
    const { rows } = (await service().services.context.db.execute(
      `select secret from webhook_deliveries where execution_id = '${id}'`,
    )) as unknown as { rows: { secret: string }[] }
    expect(rows[0]?.secret).toMatch(/^v1/)
    expect(rows[0]?.secret).not.toContain(SECRET.slice(6))
  })
})

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertRunFigures, lastRunsOf } from '../../src/db/queries/run-figures.ts'
import { type ActionPlan, parseActions } from '../../src/services/anomalies/action-plan.ts'
import { signedHeaders } from '../../src/services/webhooks/sign-message.ts'
import { describeService, type Somebody } from './fixtures/service.ts'

const KEY = Buffer.alloc(32, 9)
const PEEK = 'def main() -> str:\n    return open("/proc/self/environ").read()'
const METADATA = 'url = "http://169.254.169.254/latest/meta-data"'

interface Told {
  readonly id: string
  readonly rule: string
  readonly subject: string
  readonly score: number
  readonly sentence: string
  readonly executionId: string
  readonly count: number
  readonly evidence: readonly string[]
}

const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
let server: Server
let port = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (text) => {
      body += text
    })
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})

describeService(
  'anomalies',
  (service) => {
    /** The anomalies about somebody, when all that ran is judged. */
    async function about(subject: string): Promise<Told[]> {
      const { as, admin, services } = service()
      await services.context.anomalies.flush()
      const { body } = await as(admin)('GET', 'anomalies?limit=100')
      return body.items.filter((item: Told) => item.subject === subject)
    }
    async function onlyAbout(subject: string): Promise<Told> {
      const [found, ...others] = await about(subject)
      if (found === undefined) throw new Error(`nothing was found about ${subject}`)
      expect(others).toEqual([])
      return found
    }
    const run = async (who: Somebody, code: string) => await service().as(who)('POST', 'executions', { code })

    test('what is odd is one entry for each rule and user, with its reason, for administrators alone', async () => {
      const { as, admin, newUser } = service()
      const mia = await newUser('mia')
      await run(mia, 'print(6 * 7)')
      expect(await about(`user:${mia.id}`)).toEqual([])
      const codes = ['open("/proc/self/maps")', 'x = "/proc/1/environ"']
      for (const code of codes) await run(mia, code)
      const found = await onlyAbout(`user:${mia.id}`)
      expect(found).toMatchObject({
        ...{ rule: 'process-files', priority: 'warning', state: 'open', count: 2, score: 1 },
        sentence: `Code of user ${mia.id} looks at what the system tells of processes: "/proc/1/environ`,
      })
      const { body } = await as(admin)('GET', `executions/${found.executionId}`)
      expect(body).toMatchObject({ userId: mia.id, code: codes[1] })
      expect((await as(mia)('GET', 'anomalies')).status).toBe(403)
      expect((await as(mia)('POST', `anomalies/${found.id}/dismiss`)).status).toBe(403)
    })

    test('acknowledging and dismissing hold, are audited, and what is dismissed is counted on', async () => {
      const { as, admin, newUser } = service()
      const ned = await newUser('ned')
      await run(ned, 'import js')
      const { id } = await onlyAbout(`user:${ned.id}`)
      const acknowledged = await as(admin)('POST', `anomalies/${id}/acknowledge`)
      expect(acknowledged).toMatchObject({ status: 200, body: { id, state: 'acknowledged' } })
      expect((await as(admin)('POST', `anomalies/${id}/dismiss`)).body.state).toBe('dismissed')
      await run(ned, 'import js')
      expect(await about(`user:${ned.id}`)).toMatchObject([{ id, state: 'dismissed', count: 2 }])
      const list = async (query: string) =>
        (await as(admin)('GET', `anomalies?limit=100&${query}`)).body.items.map(
          (item: { id: string }) => item.id,
        )
      expect(await list('state=dismissed&rule=escape-idiom')).toContain(id)
      expect(await list('state=open')).not.toContain(id)
      expect((await as(admin)('POST', 'anomalies/ano_none/dismiss')).status).toBe(404)
      const { body } = await as(admin)('GET', `audit?action=anomaly.judge&resourceId=${id}`)
      expect(body.items).toMatchObject([{ outcome: 'success' }, { outcome: 'success' }])
    })

    test("a key is held back for its time, an administrator's never, and the webhook is signed", async () => {
      const { as, admin, newUser, services } = service()
      const eve = await newUser('eva')
      received.length = 0
      await run(eve, METADATA)
      const anomaly = await onlyAbout(`user:${eve.id}`)
      const refused = await run(eve, '1')
      expect(refused.body).toMatchObject({
        status: 429,
        code: 'quota-exceeded',
        retryAfterSeconds: expect.any(Number),
      })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500)
      // What runs nothing goes on working.
      expect((await as(eve)('GET', 'executions')).status).toBe(200)
      const other = await service().keyOf(eve, ['execute'])
      expect((await run(other, '1')).body.status).toBe('success')
      await run(admin, METADATA)
      await services.context.anomalies.flush()
      expect((await run(admin, '1')).body.status).toBe('success')
      const { body } = await as(admin)('GET', 'audit?action=api-key.throttle')
      expect(body.items).toMatchObject([
        { actorId: null, detail: { anomalyId: anomaly.id, rule: 'metadata-address' } },
      ])
      const message = received.find(({ body }) => body.includes(anomaly.id))
      const headers = message?.headers ?? {}
      expect(headers).toMatchObject(
        signedHeaders(KEY, {
          id: String(headers['webhook-id']),
          sentAt: new Date(Number(headers['webhook-timestamp']) * 1000),
          body: message?.body ?? '',
        }),
      )
      expect(JSON.parse(message?.body ?? '')).toMatchObject({
        type: 'anomaly.found',
        data: { rule: 'metadata-address' },
      })
    })

    test('programs of a batch are judged by themselves, many in one write, and count for nothing that is usual', async () => {
      const { as, newUser, services } = service()
      const kim = await newUser('kim')
      const deny =
        'for path in ("/etc/shadow", "/root/.ssh/id_rsa"):\n    try: open(path)\n    except OSError: pass'
      const slow = { code: 'while True: pass', timeoutSeconds: 0.2 }
      const programs = [
        ...Array.from({ length: 70 }, (_, n) => `import js\n${n}`),
        ...[slow, slow, slow, slow, deny, METADATA, '1', '1/0'],
      ]
      received.length = 0
      const { body } = await as(kim)('POST', 'batches', { programs })
      expect(body).toMatchObject({ status: 'finished', done: programs.length })
      const found = await about(`user:${kim.id}`)
      const counts = Object.fromEntries(found.map(({ rule, count }) => [rule, count]))
      expect(counts).toEqual({
        ...{ 'escape-idiom': 70, 'limit-hit': 4, 'sensitive-files': 1, 'metadata-address': 1 },
      })
      expect(found.map(({ executionId }) => executionId)).toEqual(found.map(() => body.id))
      const metadata = found.find(({ rule }) => rule === 'metadata-address')
      expect(metadata?.evidence).toEqual(['program 75', '/169.254.169.254'])
      expect(received).toHaveLength(1)
      expect((await run(kim, '1')).status).toBe(429)
      expect(await lastRunsOf(services.context.db, kim.id)).toEqual([])
    })

    test('a tool is switched off', async () => {
      const { as, newUser } = service()
      const tom = await newUser('tom')
      const made = await as(tom)('POST', 'tools', {
        ...{ name: 'peek', kind: 'python', description: 'Look', parameters: { type: 'object' } },
        definition: { code: PEEK },
      })
      expect(made.status).toBe(201)
      const execute = async () => await as(tom)('POST', `tools/${made.body.id}/execute`, { arguments: {} })
      await execute()
      expect(await about(`tool:${made.body.id}`)).toMatchObject([{ rule: 'process-files' }])
      expect((await execute()).body).toMatchObject({ code: 'tool-disabled' })
    })

    test('what is far from usual is odd, and says what is usual', async () => {
      const { newUser, services } = service()
      const una = await newUser('una')
      const usual = {
        userId: una.id,
        toolId: null,
        codeSha256: 'x',
        failed: false,
        limited: false,
        flagged: false,
      }
      for (let n = 0; n < 25; n += 1) {
        const figures = {
          wallMs: 5 + n,
          peakBytes: 90 * 2 ** 20,
          outputBytes: 1000 + n,
          calls: 0,
          denials: 0,
        }
        await insertRunFigures(services.context.db, {
          ...usual,
          ...figures,
          executionId: `exe_usual${una.id}${n}`,
        })
      }
      await run(una, 'print("x" * 100_000)')
      const found = (await about(`user:${una.id}`)).find(({ rule }) => rule === 'unusual-output')
      expect(found?.sentence).toBe(
        `An execution of user ${una.id} took 100001 bytes of output; 1012 bytes of output is usual for this user`,
      )
      expect(found?.score).toBeGreaterThan(6)
    })
  },
  {
    get anomalies(): ActionPlan {
      const actions = parseActions(['critical=throttle', 'critical=webhook', 'process-files=disable-tool'])
      return { actions, throttleSeconds: 600, webhook: { url: `http://127.0.0.1:${port}/`, key: KEY } }
    },
  },
)

import { expect, test } from 'vitest'
import type { UsageSnapshot } from '../../src/services/monitor/live-usage.ts'
import { ENDLESS, hasBegun } from './fixtures/programs.ts'
import { describeService, type Somebody } from './fixtures/service.ts'
import { dataOf, eventsOf } from './fixtures/sse.ts'

describeService(
  'executions',
  (service) => {
    test('POST runs code and answers with its result, which is recorded', async () => {
      const { as, newUser } = service()
      const ada = as(await newUser('ada'))
      const { status, body } = await ada('POST', 'executions', {
        ...{ code: 'import sys\nprint(input(), sys.argv[1:], "\\0")\nn + 1', globals: { n: 41 } },
        ...{ stdin: 'typed', args: ['one'], timeoutSeconds: 10 },
      })
      expect(status).toBe(200)
      expect(body).toMatchObject({
        status: 'success',
        result: { status: 'success', result: 42, stdout: "typed ['one'] \0\n" },
      })
      expect((await ada('GET', `executions/${body.id}`)).body).toEqual(body)
      expect((await ada('GET', 'executions')).body.items).toMatchObject([{ id: body.id, status: 'success' }])
      const { body: audit } = await ada('GET', 'audit?action=execution.create')
      expect(audit.items).toMatchObject([{ resourceId: body.id, outcome: 'success' }])

      const bob = as(await newUser('bob'))
      expect((await bob('GET', `executions/${body.id}`)).status).toBe(404)
      expect((await bob('GET', `executions/${body.id}/events`)).status).toBe(404)
      expect((await bob('DELETE', `executions/${body.id}`)).status).toBe(404)
      expect((await bob('GET', 'executions')).body.items).toEqual([])
      expect((await bob('GET', 'executions?scope=all')).status).toBe(403)
      expect((await as(service().admin)('GET', `executions/${body.id}`)).status).toBe(200)
    })

    test('numbers reach Python as they were sent, and resultText is what it shows', async () => {
      const { as, admin } = service()
      const globals = '{"id": 1234567890123456789, "deep": [9007199254740993, 85.0, -0.0]}'
      const { body } = await as(admin)('POST', 'executions', `{"globals": ${globals}, "code": "(id, deep)"}`)
      expect(body).toMatchObject({
        result: { resultText: '(1234567890123456789, [9007199254740993, 85.0, -0.0])' },
      })
    })

    test('what Python did wrong is a result, what the caller did wrong is a problem', async () => {
      const { as, admin } = service()
      const failed = await as(admin)('POST', 'executions', { code: '1/0' })
      expect(failed).toMatchObject({
        status: 200,
        body: { status: 'error', result: { error: { name: 'ZeroDivisionError' } } },
      })
      const wrong = await as(admin)('POST', 'executions', { code: '1', timeoutSeconds: 21 })
      expect(wrong).toMatchObject({
        status: 422,
        body: { problems: [{ path: 'timeoutSeconds', problem: 'at most 20 here, got 21' }] },
      })
    })

    test('with Accept: text/event-stream it answers with events, which can be read again from any of them', async () => {
      const { send, admin } = service()
      const headers = { authorization: `Bearer ${admin.apiKey}`, accept: 'text/event-stream' }
      const answer = await send('POST', 'executions', { body: { code: 'print(1)\n2' }, headers })
      expect(answer.headers.get('content-type')).toMatch('text/event-stream')
      // On a machine that has much to do it takes long enough to be told what it takes.
      const events = eventsOf(await answer.text()).filter(({ type }) => type !== 'usage')
      expect(events.map(({ type }) => type)).toEqual([
        'started',
        ...events.slice(1, -1).map(() => 'stdout'),
        'finished',
      ])
      const ids = events.map(({ id }) => Number(id))
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
      expect(events.at(-1)?.data).toMatchObject({ result: { stdout: '1\n', result: 2 } })
      const path = `${answer.headers.get('location')}/events`
      const later = await send('GET', path, { headers: { ...headers, 'last-event-id': '1' } })
      const rest = eventsOf(await later.text()).filter(({ type }) => type !== 'usage')
      expect(rest).toEqual(events.slice(1))
    })

    test('Prefer: respond-async answers at once; the run is cancelled and says how it ended; only DELETE deletes', async () => {
      const { as, admin } = service()
      const begun = await as(admin)('POST', 'executions', { code: ENDLESS }, { prefer: 'respond-async' })
      expect(begun).toMatchObject({ status: 202, body: { status: 'running', result: null } })
      expect(begun.headers.get('location')).toBe(`/api/v1/executions/${begun.body.id}`)
      await hasBegun(service(), begun.body.id)
      const path = `executions/${begun.body.id}`
      const ended = await as(admin)('POST', `${path}/cancel`)
      expect(ended.body).toMatchObject({
        status: 'cancelled',
        result: { stdout: expect.stringContaining('begun'), error: { kind: 'cancelled' } },
      })
      expect((await as(admin)('POST', `${path}/cancel`)).body).toEqual(ended.body)
      expect((await as(admin)('DELETE', path)).body).toEqual(ended.body)
    })

    test('a caller who goes away has the run cancelled', async () => {
      const { app, admin, as } = service()
      const controller = new AbortController()
      const headers = { authorization: `Bearer ${admin.apiKey}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ code: ENDLESS })
      const answer = app.request('/api/v1/executions', {
        method: 'POST',
        body,
        headers,
        signal: controller.signal,
      })
      await expect.poll(() => service().services.context.runs.active).toBe(1)
      controller.abort()
      await Promise.resolve(answer).catch(() => {})
      const last = async () => (await as(admin)('GET', 'executions?limit=1')).body.items[0]?.status
      await expect.poll(last).toBe('cancelled')
    })

    test('the same Idempotency-Key is the same run; with another request it is a problem', async () => {
      const { as, admin, newUser } = service()
      const run = { code: 'import random\nrandom.random()' }
      const key = { 'idempotency-key': 'once' }
      const [one, two] = await Promise.all([
        as(admin)('POST', 'executions', run, key),
        as(admin)('POST', 'executions', run, key),
      ])
      expect(one.status).toBe(200)
      expect(two.body).toEqual(one.body)
      expect((await as(admin)('POST', 'executions', run, key)).body).toEqual(one.body)
      const other = await as(admin)('POST', 'executions', { code: '1' }, key)
      expect(other.body).toMatchObject({ status: 409, code: 'idempotency-mismatch' })
      const somebody = await as(await newUser('idem'))('POST', 'executions', { code: '2' }, key)
      expect(somebody.body).toMatchObject({ status: 'success', result: { result: 2 } })
    })

    test('past a quota it says which one and when to come back, and the next run works', async () => {
      const { as, newUser } = service()
      const eve = as(await newUser('eve'))
      const begun = await Promise.all(
        [1, 2].map(() => eve('POST', 'executions', { code: ENDLESS }, { prefer: 'respond-async' })),
      )
      const refused = await eve('POST', 'executions', { code: '1' })
      expect(refused.body).toMatchObject({
        status: 429,
        code: 'quota-exceeded',
        quota: 'concurrent-executions',
      })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      for (const { body } of begun) await eve('DELETE', `executions/${body.id}`)
      expect((await eve('POST', 'executions', { code: '1' })).body).toMatchObject({ status: 'success' })
    })

    test('the typed client knows what goes in and what comes out', async () => {
      const { client, admin } = service()
      const answer = await client(admin).api.v1.executions.$post({ json: { code: '6 * 7' }, header: {} })
      if (answer.status !== 200) throw new Error(`status ${answer.status}`)
      const body = await answer.json()
      if (typeof body === 'string' || body instanceof Response) throw new Error('no JSON')
      expect(body.result?.result).toBe(42)
    })

    test('GET /stats/live tells what runs take: the own ones, for administrators all, and the result keeps it', async () => {
      const { as, admin, app, newUser, services } = service()
      const [ida, jon] = [await newUser('ida'), await newUser('jon')]
      const begun = await as(ida)('POST', 'executions', { code: ENDLESS }, { prefer: 'respond-async' })
      const follow = async (who: Somebody, scope: string) => {
        const controller = new AbortController()
        const headers = { authorization: `Bearer ${who.apiKey}` }
        const init = { headers, signal: controller.signal }
        const answer = await app.request(`/api/v1/stats/live?scope=${scope}`, init)
        expect(answer.status).toBe(200)
        return { controller, snapshots: dataOf<UsageSnapshot>(answer) }
      }
      const own = await follow(ida, 'mine')
      const all = await follow(admin, 'all')
      const none = await follow(jon, 'mine')
      for (const { snapshots } of [own, all]) {
        for await (const { executions } of snapshots) {
          const run = executions.find(({ id }) => id === begun.body.id)
          // One may come before the first output.
          if (run?.usage === null || run?.usage.stdoutBytes === 0) continue
          expect(run).toMatchObject({ userId: ida.id, sessionId: null })
          expect(run?.usage).toMatchObject({ memoryBytes: expect.any(Number), stdoutBytes: 6 })
          break
        }
      }
      for await (const { executions } of none.snapshots) {
        expect(executions).toEqual([])
        break
      }
      for (const { controller } of [own, all, none]) controller.abort()
      expect((await as(jon)('GET', 'stats/live?scope=all')).status).toBe(403)
      await as(ida)('DELETE', `executions/${begun.body.id}`)
      expect(services.context.live.snapshot(null).executions.map(({ id }) => id)).not.toContain(begun.body.id)
      const { result } = (await as(ida)('GET', `executions/${begun.body.id}`)).body
      expect(result.timeline.length).toBeGreaterThan(0)
      expect(Object.keys(result.timeline[0] ?? {})).toEqual([
        'wallMs',
        'cpuMs',
        'memoryBytes',
        'pythonHeapBytes',
      ])
    })

    test('GET /metrics counts what ran, and names nobody', async () => {
      const { as, admin, newUser } = service()
      const kim = await newUser('kim')
      await as(kim)('POST', 'executions', { code: 'open("/etc/passwd")' })
      await as(kim)('POST', 'executions', {
        code: 'import urllib.request as u\nu.urlopen("http://127.0.0.1:9")',
      })
      expect((await as(kim)('GET', '/metrics')).status).toBe(403)
      const { body: text, headers } = await as(admin)('GET', '/metrics')
      expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
      const value = (series: string) =>
        Number(
          new RegExp(`^agentchat_${series.replaceAll(/[{}.]/g, '\\$&')} (.*)$`, 'm').exec(String(text))?.[1],
        )
      expect(value('executions_total{outcome="error",kind="exception"}')).toBeGreaterThan(0)
      expect(value('execution_start_seconds_count{start="cold"}')).toBeGreaterThan(0)
      expect(value('execution_cpu_seconds_total')).toBeGreaterThan(0)
      expect(value('denials_total{permission="net"}')).toBeGreaterThan(0)
      expect(value('database_up')).toBe(1)
      expect(value('audit_lag_seconds')).toBeGreaterThanOrEqual(0)
      expect(value('refusals_total{code="quota-exceeded"}')).toBeGreaterThan(0)
      const route = 'method="POST",route="/api/v1/executions",status="200"'
      expect(value(`http_requests_total{${route}}`)).toBeGreaterThan(0)
      for (const secret of [kim.id, 'exe_', 'passwd', '127.0.0.1', 'kim']) expect(text).not.toContain(secret)
    })

    // The last one, for nothing works after it.
    test('close() takes no new work, gives what runs its time, then ends and records it', async () => {
      const { as, admin, services } = service()
      const begun = await as(admin)('POST', 'executions', { code: ENDLESS }, { prefer: 'respond-async' })
      await hasBegun(service(), begun.body.id)
      const closing = services.context.runs.close(300)
      expect((await as(admin)('POST', 'executions', { code: '1' })).body).toMatchObject({
        status: 503,
        code: 'shutting-down',
      })
      expect((await as(admin)('GET', '/readyz')).status).toBe(503)
      await closing
      expect((await as(admin)('GET', `executions/${begun.body.id}`)).body).toMatchObject({
        status: 'interrupted',
      })
      const { body: audit } = await as(admin)('GET', 'audit?limit=100')
      expect(audit.items.filter(({ outcome }: { outcome: string }) => outcome === 'open')).toEqual([])
    })
  },
  {
    policy: {
      quotas: { concurrent: 2, perMinute: 100, cpuSecondsPerDay: 3600, storageBytes: 2 ** 20, sessions: 1 },
    },
  },
)

import { connect, nkeyAuthenticator } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Machine } from '../../src/machines/index.ts'
import { ENDLESS } from '../service/fixtures/programs.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { begun, type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

const RESPOND_ASYNC = { prefer: 'respond-async' }

describe.skipIf(!hasServers)('services with machines', () => {
  let cluster: Cluster
  let one: TestService
  let other: TestService
  let machine: Machine

  beforeAll(async () => {
    cluster = await startCluster()
    one = await cluster.service({ policy: { quotas: { storageBytes: 2 ** 26, concurrent: 40 } } })
    other = await cluster.service()
    machine = await cluster.machine('m1', 2)
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('POST runs code on a machine and answers as a service alone does', async () => {
    const as = one.as(one.admin)
    const { status, body } = await as('POST', 'executions', {
      ...{ code: 'import sys\nprint(input(), sys.argv[1:], "\\0")\nn + 1', globals: { n: 41 } },
      ...{ stdin: 'typed', args: ['one'], timeoutSeconds: 10 },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'success',
      result: { status: 'success', result: 42, stdout: "typed ['one'] \0\n", permissions: { used: [] } },
    })
    // Each service reads what either of them recorded.
    expect((await other.as(other.admin)('GET', `executions/${body.id}`)).body).toEqual(body)
    const { body: audit } = await as('GET', `audit?resourceId=${body.id}`)
    expect(audit.items).toMatchObject([{ resourceId: body.id, outcome: 'success' }])
    const wrong = await as('POST', 'executions', { code: '1', files: [{ path: '../x', text: '' }] })
    expect(wrong.status).toBe(422)
    expect((await as('POST', 'executions', { code: '1/0' })).body).toMatchObject({
      result: { error: { name: 'ZeroDivisionError', line: 1 } },
    })
  })

  test('/metrics and GET /machines of each service tell of those that are alive, and of nobody else', async () => {
    const ids = [await begun(one, { code: ENDLESS }), await begun(one, { code: ENDLESS })]
    await expect
      .poll(() => gaugesOf(other), soon)
      .toMatchObject({
        ...{ machines_alive: 1, 'machine_slots{machine="m1"}': 2, 'machine_running{machine="m1"}': 2 },
      })
    const gauges = await gaugesOf(one)
    expect(Object.keys(gauges)).toHaveLength(5)
    expect(gauges['machine_epoch{machine="m1"}']).toBeGreaterThan(0)
    const silent = gauges['machine_silent_seconds{machine="m1"}']
    expect(silent).toBeGreaterThanOrEqual(0)
    expect(silent).toBeLessThan(9)
    const { body } = await other.as(other.admin)('GET', 'machines')
    expect(body).toMatchObject({
      items: [
        { id: 'm1', version: '0.0.0', slots: 2, running: 2, epoch: gauges['machine_epoch{machine="m1"}'] },
      ],
      ...{ nextCursor: null, runsItself: false },
    })
    const [m1] = body.items
    expect(m1?.silentSeconds).toBeLessThan(9)
    expect(Math.abs(Date.parse(m1?.heardAt ?? '') - Date.now())).toBeLessThan(60_000)
    const user = await one.newUser('curious')
    expect((await one.as(user)('GET', 'machines')).status).toBe(403)
    for (const id of ids) await other.as(other.admin)('DELETE', `executions/${id}`)
    await expect.poll(() => gaugesOf(one), soon).toMatchObject({ 'machine_running{machine="m1"}': 0 })
  })

  test('what is larger than a message goes both ways: inputs, output, displays and files', async () => {
    const as = one.as(one.admin)
    const { body } = await as('POST', 'executions', {
      code: [
        'import hashlib',
        'data = open("in.txt").read()',
        'open("out.bin", "wb").write(bytes(range(256)) * 12_000)',
        'print("x" * 900_000)',
        'len(data)',
      ].join('\n'),
      files: [{ path: 'in.txt', text: 'é'.repeat(400_000) }],
    })
    expect(body).toMatchObject({ status: 'success', result: { result: 400_000 } })
    expect(body.result.files).toMatchObject([{ path: 'out.bin', size: 3_072_000, kept: true }])
    const { apiKey } = other.admin
    const answer = await other.send('GET', `executions/${body.id}/files/out.bin`, {
      headers: { authorization: `Bearer ${apiKey}`, range: 'bytes=1048570-1048590' },
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect([...bytes]).toEqual(Array.from({ length: 21 }, (_, index) => (1_048_570 + index) % 256))
    const whole = await other.as(other.admin)('GET', `executions/${body.id}/result`)
    expect(whole.body.stdout).toBe(`${'x'.repeat(900_000)}\n`)
    // Deleting it deletes what is kept of it, through whichever service.
    expect((await other.as(other.admin)('DELETE', `executions/${body.id}`)).status).toBe(200)
    expect((await as('GET', `executions/${body.id}/files/out.bin`)).status).toBe(404)
  })

  test('events have one number each at every service, and input() is answered through any', async () => {
    const code = 'print("asks", flush=True)\nname = input("name? ")\nprint(f"hello {name}")'
    const id = await begun(one, { code, interactive: true })
    const headers = { authorization: `Bearer ${other.admin.apiKey}`, accept: 'text/event-stream' }
    const there = await other.send('GET', `executions/${id}/events`, { headers })
    const asked = await other.as(other.admin)('GET', `executions/${id}`)
    expect(['queued', 'running']).toContain(asked.body.status)
    await expect
      .poll(
        async () => (await other.as(other.admin)('POST', `executions/${id}/input`, { line: 'Ada' })).status,
        soon,
      )
      .toBe(204)
    const far = numbered(await there.text())
    expect(far.at(-1)).toMatchObject({
      type: 'finished',
      data: { result: { stdout: 'asks\nname? hello Ada\n' } },
    })
    const near = numbered(await (await one.send('GET', `executions/${id}/events`, { headers })).text())
    const known = new Map(near.map((event) => [event.id, event]))
    for (const event of far) if (event.type !== 'finished') expect(known.get(event.id)).toEqual(event)
    // It waits for none any more.
    const late = await other.as(other.admin)('POST', `executions/${id}/input`, { line: 'x' })
    expect(late.status).toBe(409)
  })

  test('DELETE through another service ends an execution on its machine, and one that waits', async () => {
    const running = [await begun(one, { code: ENDLESS }), await begun(one, { code: ENDLESS })]
    for (const id of running) await expect.poll(() => statusOf(other, id), soon).toBe('running')
    // Both slots are taken.
    const waiting = await begun(one, { code: '1' })
    expect(await statusOf(other, waiting)).toBe('queued')
    const far = other.as(other.admin)
    expect((await far('DELETE', `executions/${waiting}`)).body).toMatchObject({ status: 'cancelled' })
    for (const id of running)
      expect((await far('DELETE', `executions/${id}`)).body).toMatchObject({ status: 'cancelled' })
    expect((await far('POST', 'executions', { code: '6 * 7' })).body).toMatchObject({
      result: { result: 42 },
    })
  })

  test('past the bound of the queue it answers 503 with Retry-After, and goes on afterwards', async () => {
    const small = await cluster.service({ maxQueue: 3, policy: { quotas: { concurrent: 40 } } })
    const busy = [await begun(small, { code: ENDLESS }), await begun(small, { code: ENDLESS })]
    for (const id of busy) await expect.poll(() => statusOf(small, id), soon).toBe('running')
    const as = small.as(small.admin)
    const waiting = [
      await begun(small, { code: '1' }),
      await begun(small, { code: '2' }),
      await begun(small, { code: '3' }),
    ]
    const refused = await as('POST', 'executions', { code: '4' })
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded', retryAfterSeconds: 2 } })
    expect(refused.headers.get('retry-after')).toBe('2')
    for (const id of busy) await as('DELETE', `executions/${id}`)
    for (const id of waiting) await expect.poll(() => statusOf(small, id), soon).toBe('success')
    await small.services.close(0)
  })

  test('the programs of a batch run on machines, more of them than may wait, each in a fresh interpreter', async () => {
    const small = await cluster.service({ maxQueue: 1, policy: { quotas: { concurrent: 40 } } })
    const as = small.as(small.admin)
    const programs = ['x = 1', '"x" in globals()', '1/0', { code: 'input()', stdin: 'typed' }, '5', '6', '7']
    const { status, body } = await as('POST', 'batches', { programs, concurrency: 4 })
    expect([status, body]).toMatchObject([200, { status: 'finished', done: 7, succeeded: 6, problem: null }])
    const { body: results } = await other.as(other.admin)('GET', `batches/${body.id}/results`)
    expect(results.items.map(({ result }: { result: { result: unknown } }) => result.result)).toEqual([
      ...[null, false, null, 'typed', 5, 6, 7],
    ])
    expect(results.items[1]).toMatchObject({ result: { permissions: { interpreter: 'new' } } })
    await small.services.close(0)
    const endless = await one.as(one.admin)('POST', 'batches', { programs: [ENDLESS, '1'] }, RESPOND_ASYNC)
    await expect.poll(async () => (await gaugesOf(one))['machine_running{machine="m1"}'], soon).toBe(1)
    await one.as(one.admin)('DELETE', `batches/${endless.body.id}`)
    const ended = async () => (await one.as(one.admin)('GET', `batches/${endless.body.id}`)).body.status
    await expect.poll(ended, soon).toBe('cancelled')
  })

  test('the key of a machine hears nothing of others, and says nothing in their name', async () => {
    const authenticator = nkeyAuthenticator(Buffer.from(cluster.seedOf('m2')))
    const inboxPrefix = '_INBOX.machines.m2'
    const thief = await connect({
      servers: cluster.nats.url,
      authenticator,
      inboxPrefix,
      maxReconnectAttempts: 0,
    })
    const heard: string[] = []
    for (const subject of ['acs.v1.>', 'acs.v1.machine.m1', '_INBOX.>', '_INBOX.machines.m1.>', 'acs.v1.run'])
      thief.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.push(message.subject)
        },
      })
    for (const subject of ['acs.v1.machine.m1', 'acs.v1.lease.m1', 'acs.v1.claim.x.m1', 'acs.v1.run'])
      await expect(thief.request(subject, '{}', { timeout: 1000 })).rejects.toThrow()
    const id = await begun(one, { code: '1' })
    await expect.poll(() => statusOf(one, id), soon).toBe('success')
    expect(heard).toEqual([])
    await thief.close()
  })

  test('close() of a machine lets what runs end, and what waits runs elsewhere', async () => {
    const slow = await begun(one, { code: 'import time\ntime.sleep(1.5)\n"done"' })
    await expect.poll(() => statusOf(one, slow), soon).toBe('running')
    const closed = machine.close(60_000)
    const waits = await begun(other, { code: '"later"' })
    await closed
    expect(await statusOf(one, slow)).toBe('success')
    expect(await gaugesOf(one)).toEqual({ machines_alive: 0 })
    const { body: left } = await one.as(one.admin)('GET', 'machines')
    expect(left).toEqual({ items: [], nextCursor: null, runsItself: false })
    const ready = async () => (await one.as(one.admin)('GET', '/readyz')).status
    await expect.poll(ready, soon).toBe(503)
    await cluster.machine('m2', 1)
    await expect.poll(ready, soon).toBe(200)
    await expect.poll(() => statusOf(other, waits), soon).toBe('success')
  })
})

/** What the metrics of a service say of machines, by name and labels. */
async function gaugesOf(service: TestService): Promise<Record<string, number>> {
  const { body } = await service.as(service.admin)('GET', '/metrics')
  const lines = String(body).matchAll(/^agentchat_(machine\S*) (\S+)$/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]))
}

/** The events of a stream, with their numbers. */
function numbered(text: string): { id: number; type: string; data: unknown }[] {
  return text
    .split('\n\n')
    .filter((each) => /^data: /m.test(each))
    .map((each) => ({
      id: Number(/^id: (.*)$/m.exec(each)?.[1]),
      type: /^event: (.*)$/m.exec(each)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(each)?.[1] ?? 'null'),
    }))
    .filter(({ type }) => type !== 'usage')
}

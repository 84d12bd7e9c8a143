import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestService } from '../service/fixtures/service.ts'
import { begun, type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

const WIDE = { quotas: { concurrent: 200, storageBytes: 2 ** 26, perMinute: 100_000 } }

describe.skipIf(!hasServers)('when parts of several services are killed', () => {
  let cluster: Cluster
  let service: TestService

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service({ policy: WIDE })
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const slow = (seconds: number) => ({ code: `import time\ntime.sleep(${seconds})\n"done"` })

  test('a machine that is killed: its executions are interrupted within 12 s, once, and others go on', async () => {
    const lost = await cluster.process('m1', 2)
    const ids = [await begun(service, slow(15)), await begun(service, slow(15))]
    for (const id of ids) await expect.poll(() => cluster.starts.get(id), soon).toBe(1)
    lost.child.kill('SIGKILL')
    const killed = performance.now()
    for (const id of ids) await expect.poll(() => statusOf(service, id), soon).toBe('interrupted')
    const seconds = (performance.now() - killed) / 1000
    // By the clock of the database; a machine of tests that stands still is given as much again.
    expect(seconds).toBeLessThan(24)
    const { body } = await service.as(service.admin)('GET', `executions/${ids[0]}`)
    expect(body).toMatchObject({ result: null, failure: expect.stringContaining('lost') })
    const { body: audit } = await service.as(service.admin)('GET', 'audit?outcome=interrupted')
    expect(audit.items.map((item: { resourceId: string }) => item.resourceId)).toEqual(
      expect.arrayContaining(ids),
    )
    expect(ids.map((id) => cluster.starts.get(id))).toEqual([1, 1])
  })

  test('a machine that stood still comes back, and what it then says is not believed', async () => {
    const zombie = await cluster.process('m2', 1)
    const id = await begun(service, {
      code: 'import time\nprint("begun", flush=True)\ntime.sleep(3)\n"too late"',
    })
    await expect.poll(() => statusOf(service, id), soon).toBe('running')
    zombie.child.kill('SIGSTOP')
    await expect.poll(() => statusOf(service, id), soon).toBe('interrupted')
    zombie.child.kill('SIGCONT')
    // It joins anew, and works.
    const { body } = await service.as(service.admin)('POST', 'executions', { code: '40 + 2' })
    expect(body).toMatchObject({ status: 'success', result: { result: 42 } })
    expect(await statusOf(service, id)).toBe('interrupted')
    const epoch = await service.services.context.db.execute(sql`select count(distinct epoch)::int as n
      from executions where machine = 'm2'`)
    expect((epoch as unknown as { rows: { n: number }[] }).rows).toEqual([{ n: 2 }])
  })

  test('what a service had given away when it was taken for lost ends, and says so', async () => {
    const id = await begun(service, slow(5))
    await expect.poll(() => statusOf(service, id), soon).toBe('running')
    // Another one has told of its end, and nobody may end it any more.
    await service.services.context.db.execute(sql`delete from audit_open where execution_id = ${id}`)
    await expect.poll(() => statusOf(service, id), soon).toBe('interrupted')
    const { body } = await service.as(service.admin)('GET', `executions/${id}`)
    expect(body.failure).toContain('taken for lost')
  })

  test('a service that is lost: what runs goes on, and another service records its end and its files', async () => {
    const other = await cluster.service({ policy: WIDE })
    const code = [
      'import time\nprint("begun", flush=True)\ntime.sleep(2)',
      'open("made.txt", "w").write("x" * 10)\nopen("more.txt", "w").write("x" * 200_000)\n"mine"',
    ].join('\n')
    const id = await begun(other, { code })
    await expect.poll(() => statusOf(service, id), soon).toBe('running')
    const room = async (quotas: string | null) =>
      await other.services.context.db.execute(sql`update users set quotas = ${quotas}
        where id = (select user_id from executions where id = ${id})`)
    await room('{"storageBytes": 150000}')
    // Its lease is over, and it says nothing more, as if it had been killed.
    const { db, instance } = other.services.context
    await other.services.context.machines?.leave()
    await expect.poll(() => statusOf(service, id), soon).toBe('success')
    const row = (await db.execute(sql`select instance from executions where id = ${id}`)) as unknown as {
      rows: { instance: string }[]
    }
    expect(row.rows[0]?.instance).not.toBe(instance)
    const file = await service.as(service.admin)('GET', `executions/${id}/files/made.txt`)
    expect(file).toMatchObject({ status: 200, body: 'xxxxxxxxxx' })
    // Nor does a change of service make room that is not there.
    const more = await service.as(service.admin)('GET', `executions/${id}/files/more.txt`)
    expect(more).toMatchObject({ status: 410 })
    await room(null)
    const { body: audit } = await service.as(service.admin)('GET', `audit?resourceId=${id}`)
    expect(audit.items).toMatchObject([{ outcome: 'success' }])
  })

  test('NATS that is killed and comes back: what waited runs, and nothing runs twice', async () => {
    const ids: string[] = []
    for (let n = 0; n < 6; n += 1) ids.push(await begun(service, slow(0.5)))
    await expect.poll(() => cluster.starts.get(ids[0] ?? ''), soon).toBe(1)
    await cluster.nats.kill()
    await sleep(500)
    await cluster.nats.start()
    // One whose message was on its way when NATS went is refused, and runs nowhere.
    for (const id of ids)
      await expect.poll(() => statusOf(service, id), soon).toMatch(/^(success|interrupted|failed)$/)
    for (const id of ids) {
      const most = (await statusOf(service, id)) === 'failed' ? 0 : 1
      expect(cluster.starts.get(id) ?? 0).toBeLessThanOrEqual(most)
    }
    const { body } = await service.as(service.admin)('POST', 'executions', { code: '1' })
    expect(body).toMatchObject({ status: 'success' })
  })

  test('tickets that are none, come twice or name nothing harm nothing', async () => {
    const { connect, nkeyAuthenticator } = await import('@nats-io/transport-node')
    const authenticator = nkeyAuthenticator(Buffer.from(cluster.seedOf('service')))
    const inboxPrefix = '_INBOX.services.test'
    const nats = await connect({ servers: cluster.nats.url, authenticator, inboxPrefix })
    const { instance } = service.services.context
    const id = await begun(service, slow(0))
    const ticket = JSON.stringify({ id, service: instance })
    const wrong = JSON.stringify({ id: 'exe_nothing', service: instance })
    for (const text of [ticket, '{', ticket, '[]', wrong, ticket, '{"id":1}'])
      await nats.request('acs.v1.run', text, { timeout: 5000 })
    await expect.poll(() => statusOf(service, id), soon).toBe('success')
    const { body } = await service.as(service.admin)('POST', 'executions', { code: '1' })
    expect(body).toMatchObject({ status: 'success' })
    expect(cluster.starts.get(id)).toBe(1)
    await nats.close()
  })
})

import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSession } from '../../src/db/queries/sessions.ts'
import type { Machine } from '../../src/machines/index.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster } from './fixtures/machines.ts'

const WIDE = { quotas: { concurrent: 40, perMinute: 10_000, storageBytes: 2 ** 28, liveSessions: 3 } }

// Who spoils what is kept of a session finds out who still has it: that one has no need to read it.
describe.skipIf(!hasServers)('sessions that a machine has between two uses', () => {
  let cluster: Cluster
  let service: TestService
  let machine: Machine

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service({ policy: WIDE })
    machine = await cluster.machine('m1', 2, { maxAwake: 1 })
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  type User = TestService['admin']
  const newSession = async (user: User = service.admin) =>
    String((await service.as(user)('POST', 'sessions', {})).body.id)
  const run = async (id: string, code: string, user: User = service.admin) =>
    (await service.as(user)('POST', `sessions/${id}/executions`, { code })).body
  const spoil = async (id: string) => {
    await service.services.context.db.execute(sql`update blobs set bytes = '\\x00' where owner = ${id}`)
  }
  const rowOf = async (id: string) => await findSession(service.services.context.db, id)

  test('the next use has what the last one left, and saves it as before', async () => {
    const id = await newSession()
    await run(id, 'x = [1]\nopen("f.txt", "w").write("kept")')
    expect(await rowOf(id)).toMatchObject({ liveMachine: 'm1', holder: null })
    await spoil(id)
    expect(await run(id, 'x.append(2)\nx')).toMatchObject({
      result: { result: [1, 2], sessionUnsaved: null },
    })
    await spoil(id)
    const { apiKey } = service.admin
    const read = await service.send('GET', `sessions/${id}/files/f.txt`, {
      headers: { authorization: `Bearer ${apiKey}` },
    })
    expect(await read.text()).toBe('kept')
    expect(await run(id, 'len(x)')).toMatchObject({ result: { result: 2 } })
  })

  test('what gave its worker back is there still, and one user has no more than may be', async () => {
    const ids: string[] = []
    for (let n = 0; n < 4; n += 1) ids.push(await newSession())
    for (const [n, id] of ids.entries()) await run(id, `x = ${n}`)
    await Promise.all(ids.map(spoil))
    expect(await run(String(ids[1]), 'x')).toMatchObject({ result: { result: 1, sessionRestored: null } })
    expect(await run(String(ids[3]), 'x')).toMatchObject({ result: { result: 3, sessionRestored: null } })
    expect(await run(String(ids[0]), 'x')).toMatchObject({ status: 409, code: 'session-unusable' })
  })

  test('an end of its worker, a cancelled use and one that could not be kept leave what is kept', async () => {
    const id = await newSession()
    await run(id, 'x = 1')
    await spoil(id)
    expect((await run(id, 'import os\nx = 2\nos._exit(3)')).result.error.kind).toBe('crashed')
    expect(await run(id, 'x')).toMatchObject({ result: { result: 1 } })
    const open = await run(id, 'import asyncio\nx = 3\ntask = asyncio.ensure_future(asyncio.sleep(600))')
    expect(open.result.sessionUnsaved.reason).toMatch(/^Cannot save the session: /)
    expect(await run(id, 'x')).toMatchObject({
      result: { result: 1, sessionRestored: { reason: 'not-kept' } },
    })
  })

  test('a rewind ends it, and a fork goes its own way', async () => {
    const id = await newSession()
    const as = service.as(service.admin)
    await run(id, 'x = 1')
    await run(id, 'x = 2')
    const { body: fork } = await as('POST', `sessions/${id}/fork`, {})
    expect((await as('POST', `sessions/${id}/rewind`, { steps: 1 })).status).toBe(200)
    expect(await rowOf(id)).toMatchObject({ liveMachine: null })
    expect(await run(id, 'x')).toMatchObject({ result: { result: 1 } })
    expect(await run(fork.id, 'x')).toMatchObject({ result: { result: 2 } })
    await spoil(id)
    expect(await run(id, 'x + 10')).toMatchObject({ result: { result: 11 } })
  })

  test('a row that names another state is believed more than what the machine has', async () => {
    const id = await newSession()
    await run(id, 'x = 1')
    const old = (await rowOf(id))?.object
    await run(id, 'x = 2')
    // As if another machine had saved it meanwhile.
    const { db } = service.services.context
    await db.execute(sql`update sessions set object = ${old},
      sequence = 1, metadata = (select metadata from session_pasts where object = ${old}) where id = ${id}`)
    await db.execute(sql`delete from session_pasts where object = ${old}`)
    expect(await run(id, 'x')).toMatchObject({ result: { result: 1 } })
  })

  test('it ends when the right to it ends', async () => {
    const user = await service.newUser('leaving')
    const as = service.as(service.admin)
    const id = await newSession(user)
    await run(id, 'x = 1', user)
    await spoil(id)
    expect(await run(id, 'x', user)).toMatchObject({ result: { result: 1 } })
    await spoil(id)
    const userId = (await rowOf(id))?.userId
    expect((await as('PATCH', `users/${userId}`, { disabled: true })).status).toBe(200)
    await expect.poll(async () => (await rowOf(id))?.liveMachine, soon).toBeNull()
    await as('PATCH', `users/${userId}`, { disabled: false })
    expect(await run(id, 'x', user)).toMatchObject({ status: 409, code: 'session-unusable' })
  })

  test('a machine that leaves gives them up: another one has what was kept', async () => {
    const id = await newSession()
    await run(id, 'x = 1')
    expect(await run(id, 'x += 1\nx')).toMatchObject({ result: { result: 2 } })
    await cluster.machine('m2', 1)
    await machine.close(10_000)
    expect(await run(id, 'x += 1\nx')).toMatchObject({ result: { result: 3, sessionRestored: null } })
    expect(await rowOf(id)).toMatchObject({ liveMachine: 'm2' })
  })
})

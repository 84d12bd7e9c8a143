import { randomBytes } from 'node:crypto'
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { giveSession, holdSession, releaseSession } from '../../src/db/queries/held-sessions.ts'
import { endLease, joinMember, renewLease } from '../../src/db/queries/members.ts'
import { findSession } from '../../src/db/queries/sessions.ts'
import type { Running } from '../fixtures/command.ts'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

describe.skipIf(!hasServers)('sessions when machines are lost or lie', () => {
  let cluster: Cluster
  let service: TestService
  let machine: Running | null = null

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service({ policy: { quotas: { concurrent: 40, perMinute: 10_000 } } })
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const newSession = async () => String((await service.as(service.admin)('POST', 'sessions', {})).body.id)
  const run = async (id: string, code: string) =>
    (await service.as(service.admin)('POST', `sessions/${id}/executions`, { code })).body
  const begun = async (id: string, code: string) => {
    const headers = { prefer: 'respond-async' }
    const { body } = await service.as(service.admin)('POST', `sessions/${id}/executions`, { code }, headers)
    await expect.poll(() => statusOf(service, body.id), soon).toBe('running')
    return String(body.id)
  }

  test('a machine that stood still saves nothing when it comes back', async () => {
    machine = await cluster.process('m1', 1)
    const id = await newSession()
    await run(id, 'x = 1')
    const late = await begun(id, 'import time\nx = 2\ntime.sleep(2)\nx')
    machine.child.kill('SIGSTOP')
    await expect.poll(() => statusOf(service, late), soon).toBe('interrupted')
    machine.child.kill('SIGCONT')
    // It joins anew, and has what was kept.
    expect(await run(id, 'x += 10\nx')).toMatchObject({ status: 'success', result: { result: 11 } })
    expect(await statusOf(service, late)).toBe('interrupted')
    const row = await findSession(service.services.context.db, id)
    expect(row).toMatchObject({ sequence: 2, holder: null, draft: null })
  })

  test('a machine that is killed: the session wakes up on another one with what was kept', async () => {
    const id = await newSession()
    expect(await run(id, 'x = 1\nx')).toMatchObject({ result: { result: 1 } })
    const broken = await begun(id, 'import time\nx = 2\ntime.sleep(600)')
    await cluster.process('m2', 1)
    machine?.child.kill('SIGKILL')
    // It waits for its turn, which comes when the machine is lost.
    expect(await run(id, 'x += 10\nx')).toMatchObject({ status: 'success', result: { result: 11 } })
    expect(await statusOf(service, broken)).toBe('interrupted')
  })

  test('a machine that is killed: the program of a batch that it ran is told as failed, and no other', async () => {
    const lost = await cluster.process('m3', 1)
    const endless = 'import time\ntime.sleep(600)'
    const as = service.as(service.admin)
    const wanted = { programs: [endless, endless, '2'], concurrency: 2 }
    const { body } = await as('POST', 'batches', wanted, { prefer: 'respond-async' })
    const running = async () =>
      (await as('GET', 'machines')).body.items.map((each: { running: number }) => each.running)
    await expect.poll(running, soon).toEqual([1, 1])
    lost.child.kill('SIGKILL')
    await expect.poll(async () => (await as('GET', `batches/${body.id}`)).body.done, soon).toBe(1)
    const { body: results } = await as('GET', `batches/${body.id}/results`)
    expect(results.items).toMatchObject([
      { status: 'failed', result: null, failure: expect.stringContaining('lost') },
    ])
    await as('DELETE', `batches/${body.id}`)
    const status = async () => (await as('GET', `batches/${body.id}`)).body.status
    await expect.poll(status, soon).toBe('cancelled')
  })

  describe('a machine that does not keep to the rules', () => {
    let nats: NatsConnection
    let epoch = 0
    let renewing: NodeJS.Timeout

    beforeAll(async () => {
      const authenticator = nkeyAuthenticator(Buffer.from(cluster.seedOf('m4')))
      nats = await connect({ servers: cluster.nats.url, authenticator, inboxPrefix: '_INBOX.machines.m4' })
      const facts = { version: '0', slots: 1, running: 0 }
      const { db } = service.services.context
      const lease = await joinMember(db, { name: 'm4', role: 'machine', facts })
      epoch = lease.epoch
      renewing = setInterval(() => void renewLease(db, lease).catch(() => {}), 500)
    })
    afterAll(async () => {
      clearInterval(renewing)
      await nats?.close()
    })

    const ask = async (message: object, bytes?: Buffer) => {
      const line = Buffer.from(`${JSON.stringify(message)}\n`)
      const data = bytes === undefined ? line.subarray(0, -1) : Buffer.concat([line, bytes])
      return (await nats.request('acs.v1.session.m4', data, { timeout: 10_000 })).data
    }
    const told = async (message: object, bytes?: Buffer) =>
      JSON.parse(Buffer.from(await ask(message, bytes)).toString())

    test('gets and changes nothing of a session that is not its turn', async () => {
      const id = await newSession()
      await run(id, 'x = 1')
      const holder = 'use_forged'
      expect((await ask({ op: 'load', id, holder, epoch, piece: 0 })).byteLength).toBe(0)
      expect(await told({ op: 'begin', id, holder, epoch, bytes: 10 })).toEqual({ done: false })
      const draft = randomBytes(16).toString('hex')
      expect(await told({ op: 'put', id, holder, epoch, draft, piece: 0 }, Buffer.alloc(5))).toEqual({
        done: false,
      })
      for (const wrong of [{}, [], { op: 'load' }, { op: 'drop', id }])
        expect(await told(wrong)).toEqual({ done: false })
      expect((await run(id, 'x')).result.result).toBe(1)
    })

    test('cannot write more than it said, keep half of it, or what belongs to somebody else', async () => {
      const { db } = service.services.context
      const id = await newSession()
      await run(id, 'x = 1')
      const use = { id, holder: 'use_0123' }
      expect(await holdSession(db, use, false)).toMatchObject({ holder: use.holder })
      // Nobody else has it meanwhile.
      expect(await holdSession(db, { id, holder: 'use_other' }, false)).toBeNull()
      expect(await giveSession(db, use, { name: 'm4', epoch })).toBe(true)
      const asking = { ...use, epoch }
      const kept = await ask({ op: 'load', ...asking, piece: 0 })
      expect(kept.byteLength).toBeGreaterThan(0)
      expect(await told({ op: 'begin', ...asking, bytes: 2 ** 40 })).toMatchObject({
        ...{ done: false, refused: expect.stringContaining('may have') },
      })
      const { draft } = await told({ op: 'begin', ...asking, bytes: 100 })
      const put = async (piece: number, bytes: number, name = draft) =>
        await told({ op: 'put', ...asking, draft: name, piece }, Buffer.alloc(bytes))
      expect(await put(0, 101)).toEqual({ done: false })
      expect(await put(1, 1)).toEqual({ done: false })
      expect(await put(0, 50, randomBytes(16).toString('hex'))).toEqual({ done: false })
      expect(await put(0, 50)).toEqual({ done: true })
      const row = await findSession(db, id)
      const metadata = row?.metadata as { sizes: object; sequence: number }
      const sizes = { ...metadata.sizes, sessionBytes: 100 }
      const good = { ...metadata, sizes, sequence: 2 }
      const keep = async (forged: object, name = draft) =>
        await told({ op: 'keep', ...asking, draft: name, metadata: forged })
      // Half of it is written.
      expect(await keep(good)).toEqual({ done: false })
      const again = await told({ op: 'begin', ...asking, bytes: 100 })
      expect(await put(0, 100)).toEqual({ done: false })
      expect(await put(0, 100, again.draft)).toEqual({ done: true })
      for (const forged of [
        { ...good, owner: 'usr_other' },
        { ...good, sequence: 1 },
        { ...good, sequence: 2 ** 40 },
        { ...good, sizes: { ...sizes, sessionBytes: 99 } },
        { ...good, names: [{ name: 'x'.repeat(1000), type: 'int', size: 1 }] },
        { ...good, more: 1 },
        {},
      ])
        expect(await keep(forged, again.draft)).toEqual({ done: false })
      expect(await told({ ...asking, op: 'begin', epoch: epoch - 1, bytes: 5 })).toEqual({ done: false })
      // What it writes in the right form is its own; the next machine finds that it is no session.
      expect(await keep(good, again.draft)).toEqual({ done: true })
      expect(await keep(good, again.draft)).toEqual({ done: true })
      await releaseSession(db, use)
      const refused = await service.as(service.admin)('POST', `sessions/${id}/executions`, { code: 'x' })
      expect(refused).toMatchObject({ status: 409, body: { code: 'session-unusable' } })
    })

    test('whose lease is over saves nothing, although nobody else has had a turn', async () => {
      const { db } = service.services.context
      const id = await newSession()
      const use = { id, holder: 'use_4567' }
      await holdSession(db, use, false)
      expect(await giveSession(db, use, { name: 'm4', epoch })).toBe(true)
      const { draft } = await told({ op: 'begin', ...use, epoch, bytes: 4 })
      await endLease(db, { name: 'm4', epoch })
      expect(await told({ op: 'put', ...use, epoch, draft, piece: 0 }, Buffer.alloc(4))).toEqual({
        done: false,
      })
      expect(await told({ op: 'begin', ...use, epoch, bytes: 4 })).toEqual({ done: false })
      // Its turn is over with its lease.
      expect(await run(id, '40 + 2')).toMatchObject({ result: { result: 42 } })
    })
  })
})

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { beginDeed } from '../../src/db/queries/audit.ts'
import { sessions } from '../../src/db/schema.ts'
import { beginningOf } from '../../src/services/audit/deed-record.ts'
import { recover } from '../../src/services/maintenance.ts'
import { postgresBinaries, startPrivatePostgres } from './fixtures/private-postgres.ts'
import { describeService, startTestService } from './fixtures/service.ts'

const root = mkdtempSync(join(tmpdir(), 'acs-recovery-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const policy = {
  quotas: { concurrent: 8, perMinute: 1000, cpuSecondsPerDay: 3600, storageBytes: 2 ** 28, sessions: 50 },
}

describeService(
  'rows and bytes of sessions',
  (service) => {
    async function madeSession() {
      const { as, admin } = service()
      const { body } = await as(admin)('POST', 'sessions', {})
      const run = (code: string) => as(admin)('POST', `sessions/${body.id}/executions`, { code })
      expect((await run('x = 1')).body.result.sessionUnsaved).toBeNull()
      return { id: body.id as string, run, read: () => as(admin)('GET', `sessions/${body.id}`) }
    }

    const kept = () => {
      const { folder } = service().services.context.sessions.place
      return readdirSync(folder).filter((name) => /^session-\w+$/.test(name))
    }

    test('what was being made or removed when the service was killed is gone after its start', async () => {
      const { context } = service().services
      const [making, removing, ready] = [await madeSession(), await madeSession(), await madeSession()]
      for (const { id } of [making, removing, ready])
        (await context.sessions.open.evict(id))[Symbol.dispose]()
      const set = (id: string, state: 'creating' | 'deleting', instance = context.instance) =>
        context.db.update(sessions).set({ state, instance }).where(eq(sessions.id, id))
      await set(making.id, 'creating')
      await set(removing.id, 'deleting', 'another')
      expect((await making.run('x')).status).toBe(404)
      expect(kept()).toHaveLength(3)
      await recover(context)
      expect(kept()).toEqual([`session-${ready.id}`])
      expect(await context.db.select({ id: sessions.id }).from(sessions)).toEqual([{ id: ready.id }])
      expect((await ready.run('x')).body.result.result).toBe(1)
    })

    test('a save that was not noted is found by the next start; what is another service is making is left alone', async () => {
      const { context } = service().services
      const { id, run, read } = await madeSession()
      const before = (await context.db.select().from(sessions).where(eq(sessions.id, id)))[0]
      await run('y = 2')
      const after = (await read()).body
      const { sequence, bytes, metadata } = before ?? expect.unreachable()
      await context.db.update(sessions).set({ sequence, bytes, metadata }).where(eq(sessions.id, id))
      const other = await madeSession()
      await context.db
        .update(sessions)
        .set({ state: 'creating', instance: 'another' })
        .where(eq(sessions.id, other.id))
      // Nothing was under way: nothing is looked at.
      await recover(context)
      expect((await read()).body.content.names).toMatchObject([{ name: 'x' }])
      const who = { userId: null, apiKeyId: null, requestId: null, source: null }
      const deed = { action: 'session.write-file', resourceId: id } as const
      await beginDeed(context.db, beginningOf(context, { who, deed }).begin)
      await recover(context)
      expect((await read()).body).toMatchObject({ bytes: after.bytes, content: after.content })
      expect(await context.db.select().from(sessions).where(eq(sessions.id, other.id))).toHaveLength(1)
    })

    test('bytes that are gone, older or changed are told, and the session can be deleted', async () => {
      const { as, admin, services } = service()
      const { store, open } = services.context.sessions
      const { id, run } = await madeSession()
      const old = (await store.load(id)) ?? expect.unreachable()
      await run('x = 2')
      const evict = async () => (await open.evict(id))[Symbol.dispose]()
      await evict()
      store.account(id, 0, [])
      await store.save(id, old.sessionBytes, old.sessionMetadata)
      store.forget(id)
      const refused = { status: 409, code: 'session-unusable' }
      expect((await run('x')).body).toMatchObject({ ...refused, detail: expect.stringContaining('older') })
      await store.remove(id)
      expect((await run('x')).body).toMatchObject({ ...refused, detail: expect.stringContaining('gone') })
      expect((await as(admin)('DELETE', `sessions/${id}`)).status).toBe(204)
    })
  },
  { policy },
)

const binaries = postgresBinaries()

test.skipIf(binaries === null)(
  'of two services on one database one has a session at a time, and each knows who keeps it',
  async () => {
    using postgres = startPrivatePostgres(binaries ?? '')
    const database = { url: postgres.newDatabase() }
    const start = async (instance: string, folder: string) => {
      const options = {
        instance,
        policy,
        filesFolder: join(root, instance),
        sessions: { folder, idleSeconds: 1 },
      }
      return await startTestService(database, options)
    }
    const shared = join(root, 'shared')
    const one = await start('one', shared)
    const two = await start('two', shared)
    const three = await start('three', join(root, 'apart'))
    try {
      const { admin } = one
      const { body } = await one.as(admin)('POST', 'sessions', {})
      const path = `sessions/${body.id}`
      const run = (service: typeof one, code: string) =>
        service.as(admin)('POST', `${path}/executions`, { code })
      expect((await run(one, 'x = 1')).status).toBe(200)
      const inUse = { status: 409, code: 'session-in-use' }
      for (const [method, at, sent] of [
        ['POST', '/executions', { code: 'x' }],
        ['POST', '/fork', {}],
        ['GET', '/files'],
        ['DELETE', ''],
      ] as const)
        expect((await two.as(admin)(method, `${path}${at}`, sent)).body, at).toMatchObject(inUse)
      // It is whole, and at rest it goes to the first that asks.
      await expect
        .poll(async () => (await run(two, 'x += 1\nx')).body)
        .toMatchObject({
          result: { result: 2 },
        })
      expect((await run(one, 'x')).body).toMatchObject(inUse)
      expect((await run(three, 'x')).body).toMatchObject({
        ...inUse,
        detail: expect.stringContaining('another service keeps it'),
      })
      expect((await one.as(admin)('GET', path)).body).toMatchObject({ state: 'at rest' })
      expect((await two.as(admin)('DELETE', path)).status).toBe(204)
      expect((await one.as(admin)('GET', path)).status).toBe(404)
    } finally {
      for (const each of [one, two, three]) await each.services.close(0)
    }
  },
  120_000,
)

import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { newId } from '../../src/db/index.ts'
import { interruptExecutions, recordEnd, recordStart } from '../../src/db/queries/executions.ts'
import { quotaDrift } from '../../src/db/queries/quota-recount.ts'
import { freePlacesOf, usageOf } from '../../src/db/queries/quota-usage.ts'
import type { Actor } from '../../src/services/actor.ts'
import { beginningOf, endOfDeed } from '../../src/services/audit/deed-record.ts'
import type { QuotaHolder } from '../../src/services/executions/quotas.ts'
import { recountQuotas } from '../../src/services/executions/recount-quotas.ts'
import { startExecution } from '../../src/services/executions/start-execution.ts'
import { describeService } from './fixtures/service.ts'

const LIMITS = {
  ...{ concurrent: 2, perMinute: 1000, cpuSecondsPerDay: 10, storageBytes: 1000, sessions: 1 },
  ...{ liveSessions: 1, readers: 1, tools: 1, toolVersions: 1, apiKeys: 1, agentRuns: 1 },
  agentTokensPerDay: 1e9,
}
const RUN = { place: 'concurrent', begins: true, bytes: 10 } as const

describeService('quotas', (service) => {
  /** A holder that nobody has used yet. */
  const newHolder = (
    limits: Partial<typeof LIMITS> = {},
    kind: QuotaHolder['kind'] = 'user',
  ): QuotaHolder => {
    return { kind, id: newId(kind === 'user' ? 'usr' : 'key'), limits: { ...LIMITS, ...limits } }
  }
  /** Admits an execution and records it; what is given records its end. */
  const start = async (holders: readonly QuotaHolder[], instance = 'test') => {
    const { db, quotas, listed } = service().services.context
    const [user, key = null] = holders
    const [id, userId, apiKeyId] = [newId('exe'), user?.id ?? '', key?.id ?? null]
    const who = { userId, apiKeyId, requestId: null, source: null }
    const deed = { action: 'execution.create', resourceId: id } as const
    const { open, begin } = beginningOf({ instance, listed }, { who, deed, executionId: id })
    const execution = {
      ...{ id, userId, apiKeyId, instance, code: '"1"', options: '{}', recordBytes: 10 },
      ...{ toolId: null, toolVersion: null, status: 'running' as const },
    }
    const { room } = await quotas.admit(db, { holders, wanted: RUN }, (tx, demand) =>
      recordStart(tx, { execution, ...begin, demand }),
    )
    const end = async (cpuMs = 0, fileBytes = 0) =>
      await recordEnd(
        db,
        { id, instance },
        {
          end: { status: 'success', record: '1', recordBytes: 1, failure: null, cpuMs, bytes: 0, fileBytes },
          event: endOfDeed(open, { outcome: 'success' }),
        },
      )
    return { id, room, end }
  }
  const usedBy = async ({ kind, id }: QuotaHolder) => {
    const name = `${kind} ${id}`
    return (await usageOf(service().services.context.db, [name])).get(name)
  }

  test('many at once do not get in past the limit, and each end frees one place once', async () => {
    const ada = newHolder()
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => start([ada])))
    const started = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(started).toHaveLength(2)
    for (const each of all)
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({ quota: 'concurrent-executions', limit: 2, retryAfterSeconds: 1 })
    expect(await usedBy(ada)).toMatchObject({ running: 2, storedBytes: 20 })
    expect(started.map(({ room }) => room).sort()).toEqual([980, 990])
    const [one] = started
    expect(await one?.end(4000, 100)).toBeInstanceOf(Date)
    expect(await one?.end(4000, 100)).toBeNull()
    expect(await usedBy(ada)).toMatchObject({ running: 1, storedBytes: 121, cpuMs: 4000 })
    await start([ada])
    await expect(start([ada])).rejects.toMatchObject({ of: 'user' })
  })

  test('a key counts within its user, and what one of them refuses counts for neither', async () => {
    const [ada, key] = [newHolder({ concurrent: 3 }), newHolder({ concurrent: 1 }, 'api-key')]
    const one = await start([ada, key])
    await expect(start([ada, key])).rejects.toMatchObject({ of: 'api-key', limit: 1 })
    expect([(await usedBy(ada))?.running, (await usedBy(key))?.running]).toEqual([1, 1])
    await start([ada])
    await start([ada])
    await one.end()
    await start([ada])
    await expect(start([ada, key])).rejects.toMatchObject({ of: 'user', limit: 3 })
    expect([(await usedBy(ada))?.running, (await usedBy(key))?.running]).toEqual([3, 0])
  })

  test('so many begin at once, and then one for each part of a minute', async () => {
    const { db, quotas } = service().services.context
    const ada = newHolder({ perMinute: 3 })
    for (let n = 0; n < 3; n += 1) await quotas.begin([ada])
    await expect(quotas.begin([ada])).rejects.toMatchObject({
      ...{ quota: 'executions-per-minute', retryAfterSeconds: 20 },
    })
    // Also what another service of the database has let in counts, and its clock is that of the database.
    const earlier = newHolder({ perMinute: 3 })
    await quotas.begin([earlier])
    await db.execute(sql`update quota_usage set paid_until = clock_timestamp() + interval '39 seconds'
      where holder = ${`user ${earlier.id}`}`)
    await quotas.begin([earlier])
    await expect(quotas.begin([earlier])).rejects.toMatchObject({ quota: 'executions-per-minute' })
  })

  test('CPU time counts for the day on which it was used, and deleting frees none of it', async () => {
    const { db } = service().services.context
    const ada = newHolder()
    const { id, end } = await start([ada])
    await end(10_000)
    await db.execute(sql`delete from executions where id = ${id}`)
    await expect(start([ada])).rejects.toMatchObject({ quota: 'cpu-seconds-per-day', limit: 10 })
    expect(await usedBy(ada)).toMatchObject({ storedBytes: 0, running: 0 })
    await db.execute(sql`update quota_usage set day = day - 1 where holder = ${`user ${ada.id}`}`)
    expect(await usedBy(ada)).toMatchObject({ cpuMs: 0 })
  })

  test('files have room before they are kept, and what is not kept in the end has it no more', async () => {
    const { quotas } = service().services.context
    const ada = newHolder()
    const { id, end } = await start([ada])
    const files = (bytes: number) => quotas.reserve([ada], bytes, { executionId: id, moreFileBytes: bytes })
    expect(await files(991)).toMatchObject({ quota: 'storage-bytes', of: 'user', limit: 1000 })
    expect(await files(990)).toBeNull()
    expect(await files(1)).toMatchObject({ quota: 'storage-bytes' })
    await expect(start([ada])).rejects.toMatchObject({ quota: 'storage-bytes' })
    await end(0, 500)
    expect(await usedBy(ada)).toMatchObject({ storedBytes: 511 })
    expect(await quotas.roomOf([ada])).toBe(489)
  })

  test('what a killed service had is free when it starts again, and is not freed twice', async () => {
    const { db, quotas } = service().services.context
    const ada = newHolder()
    const left = await start([ada], 'killed')
    await quotas.reserve([ada], 100, { executionId: left.id, moreFileBytes: 100 })
    await db.execute(
      sql`insert into quota_places (id, user_id, instance) values ('plc_left', ${ada.id}, 'killed')`,
    )
    await db.execute(sql`update quota_usage set running = running + 1 where holder = ${`user ${ada.id}`}`)
    for (let n = 0; n < 2; n += 1) {
      await interruptExecutions(db, 'killed')
      await freePlacesOf(db, 'killed')
      expect(await usedBy(ada)).toMatchObject({ running: 0, storedBytes: 10 })
    }
    expect(await left.end(0, 100)).toBeNull()
    expect(await usedBy(ada)).toMatchObject({ running: 0, storedBytes: 10 })
  })

  test('a place that is no execution is one of theirs until it is disposed, however often', async () => {
    const { quotas } = service().services.context
    const ada = newHolder()
    const owner = { userId: ada.id, apiKeyId: null }
    const places = [await quotas.enter([ada], owner), await quotas.enter([ada], owner)]
    await expect(quotas.enter([ada], owner)).rejects.toMatchObject({ quota: 'concurrent-executions' })
    await expect(start([ada])).rejects.toMatchObject({ quota: 'concurrent-executions' })
    await places[0]?.[Symbol.asyncDispose]()
    await places[0]?.[Symbol.asyncDispose]()
    await start([ada])
    places[1]?.[Symbol.dispose]()
    await expect.poll(async () => (await usedBy(ada))?.running).toBe(1)
  })

  test('a recount finds nothing, and what somebody changed past the service it mends and tells', async () => {
    const { as, admin, newUser, services } = service()
    const { context } = services
    const { db } = context
    expect(await quotaDrift(db)).toEqual([])
    expect((await as(admin)('POST', 'quotas/recount')).body).toEqual({ drift: [] })
    const ada = newHolder()
    const { id } = await start([ada])
    const name = `user ${ada.id}`
    await db.execute(sql`update quota_usage set running = 5, stored_bytes = 7 where holder = ${name}`)
    const drift = [{ holder: name, running: 4, agentRuns: 0, storedBytes: -3 }]
    expect((await as(admin)('POST', 'quotas/recount')).body).toEqual({ drift })
    expect(await usedBy(ada)).toMatchObject({ running: 1, storedBytes: 10 })
    const told = (await as(admin)('GET', 'audit?action=quotas.mend')).body.items
    expect(told).toMatchObject([{ detail: { drift, holders: 1 } }])
    expect((await as(await newUser('curious'))('POST', 'quotas/recount')).status).toBe(403)
    // A holder that was lost is there again, and one of nobody is not.
    await db.execute(sql`delete from quota_usage where holder = ${name}`)
    await db.execute(sql`insert into quota_usage (holder) values ('user usr_gone'), ('api-key key_gone')`)
    await recountQuotas(context)
    expect(await usedBy(ada)).toMatchObject({ running: 1, storedBytes: 10 })
    expect(await usageOf(db, ['user usr_gone', 'api-key key_gone'])).toEqual(new Map())
    await db.execute(sql`update executions set finished_at = now(), status = 'failed' where id = ${id}`)
    expect(await usedBy(ada)).toMatchObject({ running: 0 })
  })

  test('an execution that is recorded and cannot be begun ends as failed, and frees its place', async () => {
    const { services, newUser, as } = service()
    const somebody = await newUser('unbegun')
    const actor: Actor = {
      ...{ userId: somebody.id, apiKeyId: null, role: 'user' as const, scopes: 'all' as const },
      ...{ requestId: 'test', source: null, quotas: { user: null, key: null } },
    }
    const runner = {
      stream() {
        throw new Error('none can be begun')
      },
    }
    const request = { code: '1', options: {}, runner: () => runner }
    const { row, run } = await startExecution(services.context, actor, request)
    await expect(run?.ended).rejects.toThrow('none can be begun')
    const { body } = await as(somebody)('GET', `executions/${row.id}`)
    expect(body).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('an error of the service'),
    })
    expect(await usedBy({ ...newHolder(), id: somebody.id })).toMatchObject({ running: 0 })
  })
})

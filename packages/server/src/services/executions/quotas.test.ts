import { expect, test } from 'vitest'
import { type PastUse, type QuotaHolder, Quotas } from './quotas.ts'

const LIMITS = {
  ...{ concurrent: 2, perMinute: 3, cpuSecondsPerDay: 10, storageBytes: 100, sessions: 1 },
  ...{ liveSessions: 1, readers: 1, tools: 1, toolVersions: 1, apiKeys: 1, agentRuns: 1 },
}
const NOON = Date.UTC(2026, 0, 1, 12)
const NOTHING: PastUse = {
  cpuMsSince: async () => 0,
  stored: async () => ({ bytes: 0, freeAt: null }),
}

const user = (id: string): QuotaHolder => ({ kind: 'user', id, limits: LIMITS })

test('admit() counts each user alone, what runs, what began within a minute, and CPU time of the day', async () => {
  let now = NOON
  const quotas = new Quotas(NOTHING, () => now)
  const ada = [user('ada')]
  const [one] = [await quotas.admit(ada), await quotas.admit(ada)]
  await expect(quotas.admit(ada)).rejects.toMatchObject({
    quota: 'concurrent-executions',
    retryAfterSeconds: 1,
  })
  await quotas.admit([user('bob')])
  one.end(4000)
  one.end(4000)
  now += 20_000
  const three = await quotas.admit(ada)
  three.end(5999)
  await expect(quotas.admit(ada)).rejects.toMatchObject({
    quota: 'executions-per-minute',
    retryAfterSeconds: 40,
  })
  now += 40_000
  const four = await quotas.admit(ada)
  four.end(1)
  await expect(quotas.admit(ada)).rejects.toMatchObject({
    quota: 'cpu-seconds-per-day',
    retryAfterSeconds: 12 * 3600 - 60,
  })
  now = NOON + 12 * 3_600_000
  await quotas.admit(ada)
})

test('admit() counts each key within its user, and says whose quota it was', async () => {
  const quotas = new Quotas(NOTHING, () => NOON)
  const key = (id: string): QuotaHolder => ({ kind: 'api-key', id, limits: { ...LIMITS, concurrent: 1 } })
  const one = await quotas.admit([user('ada'), key('one')])
  await expect(quotas.admit([user('ada'), key('one')])).rejects.toMatchObject({
    ...{ quota: 'concurrent-executions', of: 'api-key', limit: 1 },
  })
  await quotas.admit([user('ada'), key('two')])
  await expect(quotas.admit([user('ada'), key('three')])).rejects.toMatchObject({ of: 'user', limit: 2 })
  one.end(0)
  await quotas.admit([user('ada'), key('three')])
})

test('reserve() gives what room there is in every quota, and nobody is let in where there is none', async () => {
  const freeAt = new Date(NOON + 90_000)
  const quotas = new Quotas(
    { ...NOTHING, stored: async ({ kind }) => ({ bytes: kind === 'user' ? 30 : 0, freeAt }) },
    () => NOON,
  )
  const key: QuotaHolder = { kind: 'api-key', id: 'one', limits: { ...LIMITS, storageBytes: 50 } }
  const [one, two] = [await quotas.admit([user('ada'), key]), await quotas.admit([user('ada')])]
  expect([one.reserve(40), one.reserve(40), two.reserve(40), two.reserve(1)]).toEqual([40, 10, 20, 0])
  one.end(0)
  await expect(quotas.admit([user('ada')])).rejects.toMatchObject({
    ...{ quota: 'storage-bytes', limit: 100, retryAfterSeconds: 90 },
  })
  two.release(5)
  quotas.freed({ userId: 'ada', apiKeyId: 'one' }, 10)
  expect((await quotas.admit([user('ada'), key])).reserve(100)).toBe(10)
})

test('admit() remembers what was used up before the service started', async () => {
  const since: string[] = []
  const cpuMsSince = async (_: QuotaHolder, date: Date) => {
    since.push(date.toISOString())
    return 10_000
  }
  const quotas = new Quotas({ ...NOTHING, cpuMsSince }, () => NOON)
  await expect(quotas.admit([user('ada')])).rejects.toMatchObject({ quota: 'cpu-seconds-per-day' })
  expect(since).toEqual(['2026-01-01T00:00:00.000Z'])
})

test('admit() lets no more in when many come at once', async () => {
  const quotas = new Quotas(NOTHING, () => NOON)
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => quotas.admit([user('ada')])))
  expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(LIMITS.concurrent)
})

test('keep() counts what fits into every quota and nothing else; enter() takes a place of an execution', async () => {
  const quotas = new Quotas(NOTHING)
  const key: QuotaHolder = { kind: 'api-key', id: 'one', limits: { ...LIMITS, storageBytes: 50 } }
  const both = [user('ada'), key]
  expect(await quotas.keep(both, 40)).toBeNull()
  expect(await quotas.keep(both, 11)).toMatchObject({ quota: 'storage-bytes', of: 'api-key', limit: 50 })
  expect(await quotas.keep([user('ada')], 60)).toBeNull()
  expect(await quotas.keep([user('ada')], 1)).toMatchObject({ of: 'user' })
  quotas.unkeep(both, 40)
  expect(await quotas.keep(both, 40)).toBeNull()

  const bob = [user('bob')]
  const places = [await quotas.enter(bob), await quotas.enter(bob)]
  await expect(quotas.enter(bob)).rejects.toMatchObject({ quota: 'concurrent-executions' })
  await expect(quotas.admit(bob)).rejects.toMatchObject({ quota: 'concurrent-executions' })
  for (const place of places) place[Symbol.dispose]()
  places[0]?.[Symbol.dispose]()
  for (let n = 0; n < 2; n++) await quotas.enter(bob)
  await expect(quotas.enter(bob)).rejects.toMatchObject({ quota: 'concurrent-executions' })
})

test('begin() counts what is no execution within the same minute, and is refused like one', async () => {
  let now = NOON
  const quotas = new Quotas(NOTHING, () => now)
  for (let n = 0; n < 3; n += 1) await quotas.begin([user('ada')])
  const refused = { quota: 'executions-per-minute', retryAfterSeconds: 60 }
  await expect(quotas.begin([user('ada')])).rejects.toMatchObject(refused)
  await expect(quotas.admit([user('ada')])).rejects.toMatchObject(refused)
  await quotas.begin([user('bob')])
  now += 61_000
  await quotas.begin([user('ada')])
})

import { expect, test } from 'vitest'
import { Quotas } from './quotas.ts'

const LIMITS = { concurrent: 2, perMinute: 3, cpuSecondsPerDay: 10 }
const NOON = Date.UTC(2026, 0, 1, 12)

test('admit() counts each user alone, what runs, what began within a minute, and CPU time of the day', async () => {
  let now = NOON
  const quotas = new Quotas(
    LIMITS,
    async () => 0,
    () => now,
  )
  const [one] = [await quotas.admit('ada'), await quotas.admit('ada')]
  await expect(quotas.admit('ada')).rejects.toMatchObject({
    quota: 'concurrent-executions',
    retryAfterSeconds: 1,
  })
  await quotas.admit('bob')
  one.end(4000)
  one.end(4000)
  now += 20_000
  const three = await quotas.admit('ada')
  three.end(5999)
  await expect(quotas.admit('ada')).rejects.toMatchObject({
    quota: 'executions-per-minute',
    retryAfterSeconds: 40,
  })
  now += 40_000
  const four = await quotas.admit('ada')
  four.end(1)
  await expect(quotas.admit('ada')).rejects.toMatchObject({
    quota: 'cpu-seconds-per-day',
    retryAfterSeconds: 12 * 3600 - 60,
  })
  now = NOON + 12 * 3_600_000
  await quotas.admit('ada')
})

test('admit() remembers what was used up before the service started', async () => {
  const since: string[] = []
  const lookUp = async (_: string, date: Date) => {
    since.push(date.toISOString())
    return 10_000
  }
  const quotas = new Quotas(LIMITS, lookUp, () => NOON)
  await expect(quotas.admit('ada')).rejects.toMatchObject({ quota: 'cpu-seconds-per-day' })
  expect(since).toEqual(['2026-01-01T00:00:00.000Z'])
})

test('admit() lets no more in when many come at once', async () => {
  const quotas = new Quotas(
    LIMITS,
    async () => 0,
    () => NOON,
  )
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => quotas.admit('ada')))
  expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(LIMITS.concurrent)
})

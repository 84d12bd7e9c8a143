import { expect, test } from 'vitest'
import type { QuotaHolder } from '../executions/quota-terms.ts'
import { limitsOf } from '../policy.ts'
import { TokenQuota } from './token-quota.ts'

const most = Number.POSITIVE_INFINITY
const EVERYBODY = {
  ...{
    concurrent: most,
    perMinute: most,
    cpuSecondsPerDay: most,
    storageBytes: most,
    sessions: most,
    tools: most,
  },
  ...{ liveSessions: most, readers: most, toolVersions: most, apiKeys: most, agentRuns: most },
  agentTokensPerDay: 100,
}
const holder = (id: string, own: { agentTokensPerDay?: number } = {}): QuotaHolder => ({
  ...{ kind: 'user', id, limits: limitsOf(EVERYBODY, own) },
})
const NOON = Date.UTC(2026, 0, 5, 12)

test('TokenQuota lets runs begin until the tokens of the day are used up, and again after midnight', async () => {
  let now = NOON
  const quota = new TokenQuota(
    async () => 0,
    () => now,
  )
  const ada = [holder('ada')]
  expect(await quota.room(ada)).toBe(100)
  quota.spend(ada, 70)
  expect(await quota.room(ada)).toBe(30)
  // The last run may go past it: what it used is known at its end.
  quota.spend(ada, 40)
  await expect(quota.room(ada)).rejects.toMatchObject({
    ...{ quota: 'agent-tokens-per-day', of: 'user', limit: 100, retryAfterSeconds: 43_200 },
  })
  expect(await quota.room([holder('eve')]), 'somebody else').toBe(100)
  now += 43_200_000
  expect(await quota.room(ada)).toBe(100)
})

test('TokenQuota counts what was used before it counted, and takes the smallest of several limits', async () => {
  const asked: Date[] = []
  const past = async (_: QuotaHolder, since: Date) => {
    asked.push(since)
    return 90
  }
  const quota = new TokenQuota(past, () => NOON)
  quota.spend([holder('ada')], 5)
  expect(await quota.room([holder('ada')]), 'the records tell of those 5').toBe(10)
  expect(asked).toEqual([new Date(Date.UTC(2026, 0, 5))])
  const key: QuotaHolder = {
    kind: 'api-key',
    id: 'k',
    limits: limitsOf(EVERYBODY, { agentTokensPerDay: 95 }),
  }
  expect(await quota.room([holder('ada'), key])).toBe(5)
  const free: QuotaHolder = {
    kind: 'user',
    id: 'free',
    limits: limitsOf({ ...EVERYBODY, agentTokensPerDay: most }, null),
  }
  expect(await quota.room([free])).toBe(most)
  expect(asked, 'who has no limit is not counted').toHaveLength(2)
})

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as schema from '../src/db/schema.ts'
import { silentLogger } from '../src/logger.ts'
import { ToolCallError } from '../src/services/errors.ts'
import { ATTEMPTS_AT_STRANGERS, nextStep, WebhookSender } from '../src/services/webhooks/webhook-sender.ts'

const MIGRATIONS = fileURLToPath(new URL('../src/db/migrations', import.meta.url))

const client = new PGlite()
const db = drizzle(client, { schema })
beforeAll(() => migrate(db, { migrationsFolder: MIGRATIONS }))
afterAll(() => client.close())

async function add(id: string, userId: string, url: string): Promise<void> {
  const execution = { id, userId, instance: 'x', code: '1', options: {}, status: 'success' as const }
  await db.insert(schema.executions).values(execution)
  await db.insert(schema.webhookDeliveries).values({ executionId: id, url, secret: 's', status: 'pending' })
}

const left = async () =>
  (await db.select().from(schema.webhookDeliveries)).filter(({ status }) => status === 'pending').length

test('WebhookSender has a place for who has none, when many users have mute receivers', async () => {
  const mute = Array.from({ length: 40 }, (_, n) => n)
  for (const n of mute)
    for (const each of ['a', 'b'])
      await add(`exe_mute${n}${each}`, `usr_mute${n}`, `http://mute${n}.example/`)
  const under = new Map<string, number>()
  let most = 0
  let mostOfOne = 0
  const release = new AbortController()
  await using sender = new WebhookSender({
    ...{ db, logger: silentLogger, unit: 1 },
    async send({ url }) {
      if (url.includes('quick')) return 204
      under.set(url, (under.get(url) ?? 0) + 1)
      most = Math.max(
        most,
        [...under.values()].reduce((sum, count) => sum + count, 0),
      )
      mostOfOne = Math.max(mostOfOne, under.get(url) ?? 0)
      if (!release.signal.aborted) await once(release.signal, 'abort')
      under.set(url, (under.get(url) ?? 1) - 1)
      return 204
    },
  })
  sender.nudge()
  // All of the 40 have one under way, some of them two.
  await expect.poll(() => [...under.values()].filter((count) => count > 0).length).toBe(40)
  await add('exe_quick', 'usr_quick', 'http://quick.example/')
  sender.nudge()
  const quick = async () =>
    (await db.select().from(schema.webhookDeliveries)).find(({ url }) => url.includes('quick'))
  await expect.poll(quick).toMatchObject({ status: 'delivered' })
  expect(most).toBeLessThan(80)
  expect(mostOfOne).toBe(2)
  release.abort()
  await expect.poll(left).toBe(0)
})

test('WebhookSender keeps nobody waiting for the mute receiver of another user, and gives that one up', async () => {
  for (let n = 0; n < 8; n += 1) await add(`exe_a${n}`, 'usr_a', 'http://mute.example/hook')
  await add('exe_b', 'usr_b', 'http://quick.example/hook')
  const atOnce = { now: 0, most: 0 }
  let endedBefore = Number.POSITIVE_INFINITY
  let ended = 0
  let tries = 0
  // The mute one keeps its connections until the other has its message; it would have a third one by then, if it could.
  const two = deferred<void>()
  const quick = deferred<void>()
  const silence = Promise.all([two.promise, quick.promise]).then(() => sleep(100))
  await using sender = new WebhookSender({
    ...{ db, logger: silentLogger, unit: 1 },
    async send({ url }) {
      if (url.includes('quick')) {
        endedBefore = ended
        quick.resolve()
        return 204
      }
      tries += 1
      atOnce.now += 1
      atOnce.most = Math.max(atOnce.most, atOnce.now)
      if (atOnce.now === 2) two.resolve()
      await silence
      atOnce.now -= 1
      ended += 1
      throw new ToolCallError('no whole answer within 1 s')
    },
  })
  sender.nudge()
  await expect.poll(left).toBe(0)
  // It did not wait for an attempt of the other user.
  expect(endedBefore).toBe(0)
  expect(atOnce.most).toBe(2)
  // 8 messages are not 32 connections that hang.
  expect(tries).toBeLessThan(8)
})

test('nextStep() tries strangers less often than receivers that have answered', () => {
  const silence = { status: null, problem: 'no answer' }
  const attempts = ATTEMPTS_AT_STRANGERS
  expect(nextStep(silence, { attempts: attempts - 1, hasAnswered: false }).status).toBe('pending')
  expect(nextStep(silence, { attempts, hasAnswered: false }).status).toBe('failed')
  expect(nextStep(silence, { attempts, hasAnswered: true }).status).toBe('pending')
  expect(nextStep({ status: 500, problem: 'no' }, { attempts, hasAnswered: false }).status).toBe('pending')
  expect(nextStep({ status: 500, problem: 'no' }, { attempts: 7, hasAnswered: true }).status).toBe('failed')
  expect(nextStep({ status: 410, problem: 'gone' }, { attempts: 1, hasAnswered: true }).status).toBe('failed')
  expect(nextStep({ status: 204, problem: null }, { attempts: 7, hasAnswered: false }).status).toBe(
    'delivered',
  )
})

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestService } from '../service/fixtures/service.ts'
import { type LyingMachine, MANNERS, startLyingMachine } from './fixtures/lying-machine.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

describe.skipIf(!hasServers)('a machine that somebody has taken over, and sessions', () => {
  let cluster: Cluster
  let service: TestService
  let liar: LyingMachine

  beforeAll(async () => {
    cluster = await startCluster()
    service = await cluster.service({ policy: { quotas: { concurrent: 40, perMinute: 10_000 } } })
    liar = await startLyingMachine(cluster)
  })
  afterAll(async () => {
    await liar?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })
  afterEach(() => {
    Object.assign(liar.manners, MANNERS)
  })

  const as = () => service.as(service.admin)
  const newSession = async () => String((await as()('POST', 'sessions', {})).body.id)
  /** What comes of a use of a session that the liar has, about which it says this. */
  const lied = async (events: readonly object[], method: string, path: string, body?: object) => {
    const answer = as()(method, path, body)
    await liar.takes(events)
    return await answer
  }
  /** Nobody waits for it: the session is free again. */
  const isFree = async (id: string) =>
    await expect.poll(async () => (await as()('DELETE', `sessions/${id}`)).status, soon).toBe(204)

  test('output without an end: the execution fails before the service has much of it, and says why', async () => {
    const id = await newSession()
    liar.manners.endless = true
    const before = process.memoryUsage().rss
    const answer = await lied([], 'POST', `sessions/${id}/executions`, { code: '1' })
    expect(answer).toMatchObject({
      ...{ status: 503, body: { code: 'unavailable', detail: expect.stringContaining('tells more than') } },
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30)
    const { items } = (await as()('GET', `executions?sessionId=${id}`)).body
    expect(items).toMatchObject([{ status: 'failed', failure: expect.stringContaining('tells more than') }])
    // It was told to end it, too.
    await expect.poll(() => liar.asked.filter(({ op }) => op === 'cancel').length, soon).toBeGreaterThan(0)
    await isFree(id)
  })

  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const wrong: [string, object[], string][] = [
    ['an event that is none', [{ type: 'grown' }], 'event 1 is none'],
    ['an end that is cut off', [{ type: 'finished', result: 'status "success"' }], 'cut off'],
    ['an end that is too deep', [{ type: 'finished', result: `result ${deep}\n` }], '"result" of the result'],
  ]
  test.each(wrong)('%s: the user of the session is told what is wrong', async (_what, events, why) => {
    const id = await newSession()
    const answer = await lied(events, 'POST', `sessions/${id}/executions`, { code: '1' })
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining(why) } })
    expect(answer.body.detail).toMatch(/^Cannot take what a machine answers: /)
    await isFree(id)
  })

  const done = { type: 'done', files: [], bytes: 0 }
  const many = Array.from({ length: 20_000 }, () => ({ name: 'x', type: 'file', size: 1, modified: 0 }))
  const ofFiles: [string, object, string, string][] = [
    ['a file without an end', { ...done, bytes: 2 ** 40 }, 'files/x.txt', 'at most 536870912'],
    ['a file of less than no bytes', { ...done, bytes: -1 }, 'files/x.txt', 'of files of a session is none'],
    ['what is no list', { ...done, files: 'all' }, 'files', 'of files of a session is none'],
    ['files that are none', { ...done, files: [{ name: 1 }] }, 'files', 'of files of a session is none'],
    ['a list that is too large', { ...done, files: Array(12).fill(many).flat() }, 'files', 'event 1 has'],
  ]
  test.each(ofFiles)('%s: who reads them is told, and nothing is kept', async (_what, event, path, why) => {
    const id = await newSession()
    const answer = await lied([event], 'GET', `sessions/${id}/${path}`)
    expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining(why) } })
    await isFree(id)
  })

  test('calls of tools that nobody offered: one answer is on its way at a time, and the end is heard', async () => {
    liar.manners.hearsAnswers = false
    const calls = Array.from({ length: 3000 }, (_, n) => ({
      ...{ type: 'tool-ask', call: n + 1, tool: 'any', arguments: '{}' },
    }))
    const { body } = await as()('POST', 'executions', { code: '1' }, { prefer: 'respond-async' })
    await liar.takes(calls)
    const answers = () => liar.asked.filter(({ op }) => op === 'answer').length
    await expect.poll(answers, soon).toBeGreaterThan(0)
    await sleep(3000)
    expect(answers()).toBeLessThan(20)
    await as()('DELETE', `executions/${body.id}`)
    await expect.poll(() => statusOf(service, body.id), soon).toBe('cancelled')
  })

  test('questions without an end: others are answered beside it, and run on other machines', async () => {
    await cluster.machine('m1', 2)
    const id = await newSession()
    const asked = { op: 'load', id, holder: 'use_forged', epoch: 1, piece: 0 }
    const [valid, junk] = [Buffer.from(JSON.stringify(asked)), Buffer.from(`[${'{},'.repeat(250_000)}0]`)]
    let isFlooding = true
    const flood = async () => {
      while (isFlooding) {
        for (let n = 0; n < 2; n += 1) liar.nats.publish('acs.v1.session.m4', junk)
        for (let n = 0; n < 200; n += 1) liar.nats.publish('acs.v1.session.m4', valid)
        await liar.nats.flush()
        await sleep(20)
      }
    }
    const took: number[] = []
    const run = async (n: number) => {
      const began = performance.now()
      const { body } = await as()('POST', `sessions/${id}/executions`, { code: `x = ${n}\nx` })
      expect(body).toMatchObject({ status: 'success', result: { result: n, sessionUnsaved: null } })
      took.push(Math.round(performance.now() - began))
    }
    for (let n = 1; n <= 3; n += 1) await run(n)
    const flooding = flood()
    try {
      for (let n = 1; n <= 5; n += 1) await run(n)
      // Much more than they take, on whatever machine; without bounds nothing was answered any more.
      expect(Math.max(...took.slice(3))).toBeLessThan(30_000)
      // Its own lease is kept beside its questions, too.
      expect((await as()('GET', 'machines')).body.items).toHaveLength(2)
    } finally {
      isFlooding = false
      await flooding
    }
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TestService } from '../service/fixtures/service.ts'
import { type LyingMachine, MANNERS, startLyingMachine } from './fixtures/lying-machine.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

describe.skipIf(!hasServers)('a machine that somebody has taken over', () => {
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
  /** An execution that the liar has, about which it says this. */
  const lied = async (events: readonly object[], path = 'executions') => {
    const { body } = await as()('POST', path, { code: '1' }, { prefer: 'respond-async' })
    await liar.takes(events)
    return String(body.id)
  }
  const ended = async (id: string) => {
    await expect.poll(() => statusOf(service, id), soon).not.toMatch(/queued|running/)
    return (await as()('GET', `executions/${id}`)).body
  }

  test('does not end what it is told to end: it is over without it, and the session is free', async () => {
    liar.manners.endsWhenTold = false
    const session = String((await as()('POST', 'sessions', {})).body.id)
    const id = await lied([{ type: 'started' }], `sessions/${session}/executions`)
    await expect.poll(() => statusOf(service, id), soon).toBe('running')
    expect((await as()('DELETE', `executions/${id}`)).status).toBe(200)
    expect(await ended(id)).toMatchObject({
      ...{ status: 'cancelled', failure: expect.stringContaining('did not end it in time') },
    })
    const holder = async () => (await as()('GET', `sessions/${session}`)).body
    expect(await holder()).toMatchObject({ id: session })
    await expect.poll(async () => (await as()('DELETE', `sessions/${session}`)).status, soon).toBe(204)
  })

  test('says at once, again and again, that there is nothing new: it is not asked without a pause', async () => {
    liar.manners.idleMs = 0
    const id = await lied([{ type: 'started' }])
    await expect.poll(() => liar.reads, soon).toBeGreaterThan(2)
    const before = liar.reads
    const began = performance.now()
    await expect.poll(() => liar.reads - before, soon).toBeGreaterThan(8)
    expect((performance.now() - began) / (liar.reads - before)).toBeGreaterThan(150)
    await as()('DELETE', `executions/${id}`)
  })

  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const display = (data: unknown) => ({ type: 'display', mime: 'application/json', data, metadata: {} })
  test.each([
    ['has an event that is larger than any', [display('x'.repeat(10 * 2 ** 20))], undefined],
    [
      'gives crumbs of a result',
      [{ type: 'finished', result: `status "success"\n${'x'.repeat(2 ** 20)}` }],
      7,
    ],
    ['has a result that is nested too deeply', [{ type: 'finished', result: `result ${deep}\n` }], undefined],
    [
      'has a result that is too much work',
      [{ type: 'finished', result: `result [${'{},'.repeat(2 ** 20)}0]\n` }],
      undefined,
    ],
    ['has a result that is none', [{ type: 'finished', result: 'constructor {}\n' }], undefined],
  ])('%s: the execution has failed, and the service goes on', async (_what, events, pieceBytes) => {
    if (pieceBytes !== undefined) liar.manners.pieceBytes = pieceBytes
    const id = await lied(events)
    expect(await ended(id)).toMatchObject({ status: 'failed', result: null })
    expect((await as()('GET', 'machines')).status).toBe(200)
  })
})

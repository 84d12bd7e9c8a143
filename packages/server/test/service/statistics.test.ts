import { expect, test } from 'vitest'
import { forgetRunSums, runSumsOf } from '../../src/db/queries/run-sums.ts'
import { forgetRecords } from '../../src/services/retention.ts'
import { describeService } from './fixtures/service.ts'

const HOUR_MS = 3_600_000
const TOOL = {
  ...{ name: 'doubled', kind: 'python' },
  definition: { code: 'def main(x: int): return 2 * x' },
}
const REFUSED = 'import subprocess\ntry: subprocess.run(["ls"])\nexcept OSError: pass'

describeService('statistics', (service) => {
  test('say what became of the own executions, and administrators what became of all', async () => {
    const { as, newUser, admin } = service()
    const [user, other] = [await newUser('counted'), await newUser('beside')]
    const nothing = (await as(user)('GET', 'stats')).body
    expect(nothing).toMatchObject({ executions: 0, outcomes: [], durationMs: null, users: [], tools: [] })
    const before = (await as(admin)('GET', 'stats?scope=all')).body
    for (const code of ['1', '2', 'raise ValueError', REFUSED]) await as(user)('POST', 'executions', { code })
    await as(other)('POST', 'executions', { code: '3' })
    const tool = (await as(user)('POST', 'tools', TOOL)).body
    await as(user)('POST', `tools/${tool.id}/execute`, { arguments: { x: 2 } })

    const { body } = await as(user)('GET', 'stats?hours=1')
    expect(body.pool).toBeNull()
    expect(body.users).toEqual([])
    expect(body.executions).toBeGreaterThanOrEqual(5)
    expect(body.outcomes.find(({ status }) => status === 'error')).toEqual({ status: 'error', executions: 1 })
    expect(body.outcomes.reduce((sum, { executions }) => sum + executions, 0)).toBe(body.executions)
    expect(body.lastHour).toHaveLength(60)
    expect(body.lastHour.reduce((sum, count) => sum + count, 0)).toBe(body.executions)
    expect(body.denials).toBe(1)
    expect(body.durationMs?.p95).toBeGreaterThanOrEqual(body.durationMs?.p50 ?? Number.POSITIVE_INFINITY)
    expect(body.tools).toMatchObject([{ id: tool.id }])
    expect(Date.now() - Date.parse(String(body.since))).toBeLessThan(2 * HOUR_MS + 60_000)

    const all = (await as(admin)('GET', 'stats?scope=all')).body
    expect(all.executions - before.executions).toBe(body.executions + 1)
    for (const { id } of [user, other]) expect(JSON.stringify(all.users)).toContain(id)
    expect(all.pool?.workers.warm).toBeGreaterThanOrEqual(0)
  })

  test('of everybody are for administrators, and of a week at most', async () => {
    const { as, newUser } = service()
    const user = await newUser('curious')
    expect((await as(user)('GET', 'stats?scope=all')).status).toBe(403)
    for (const hours of ['0', '169', '1.5', '1e2', '-1', 'NaN'])
      expect((await as(user)('GET', `stats?hours=${hours}`)).status, hours).toBe(422)
  })

  test('of a user who is deleted stay in the sums of everybody, and what is old is forgotten', async () => {
    const { as, newUser, admin, services } = service()
    const { db, runSums } = services.context
    const user = await newUser('leaving')
    await as(user)('POST', 'executions', { code: '1' })
    const { executions } = (await as(admin)('GET', 'stats?scope=all')).body
    expect(await runSumsOf(db, user.id, new Date(0))).toHaveLength(1)
    expect((await as(admin)('DELETE', `users/${user.id}`)).status).toBe(204)
    await expect.poll(async () => await runSumsOf(db, user.id, new Date(0)), { timeout: 30_000 }).toEqual([])
    const left = (await as(admin)('GET', 'stats?scope=all')).body
    expect(left.executions).toBeGreaterThanOrEqual(executions)
    expect(JSON.stringify(left.users)).not.toContain(user.id)

    const long = Date.now() - 5000 * HOUR_MS
    const of = { toolId: null, status: 'success', cpuMs: 1, denials: 0, wallMs: 1 } as const
    runSums.note({ ...of, userId: 'usr_old' }, long)
    await runSums.flush()
    expect(await runSumsOf(db, 'usr_old', new Date(0))).toHaveLength(1)
    expect(await forgetRunSums(db, { before: new Date(0), limit: 100 })).toBe(0)
    await forgetRecords(services.context)
    expect(await runSumsOf(db, 'usr_old', new Date(0))).toEqual([])
  })

  test('are added up however many services add at once, and within 13 % of how long it took', async () => {
    const { services } = service()
    const { db, logger } = services.context
    const { RunSums, durationOf } = await import('../../src/services/monitor/run-sums.ts')
    const at = Date.now() - 100 * HOUR_MS
    const of = { userId: 'usr_many', status: 'success', cpuMs: 2, denials: 1 } as const
    const adders = Array.from({ length: 4 }, () => new RunSums(db, logger))
    for (let n = 1; n <= 1000; n += 1) {
      const toolId = n % 2 === 0 ? 'tool_even' : null
      adders[n % adders.length]?.note({ ...of, toolId, wallMs: n }, at)
      if (n % 100 === 0) void Promise.all(adders.map((adder) => adder.flush()))
    }
    await Promise.all(adders.map((adder) => adder.flush()))
    const [row, ...others] = await runSumsOf(db, 'usr_many', new Date(0))
    expect(others).toEqual([])
    expect(row).toMatchObject({ runs: 1000, cpuMs: 2000, denials: 1000 })
    expect(row?.minutes.reduce((sum, count) => sum + count, 0)).toBe(1000)
    for (const [part, ms] of [
      [0.5, 500],
      [0.95, 950],
      [0.01, 10],
    ] as const)
      expect(Math.abs((durationOf(row?.durations ?? [], part) ?? 0) / ms - 1)).toBeLessThan(0.13)
    expect(durationOf([], 0.5)).toBeNull()
  })
})

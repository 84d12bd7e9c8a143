import { expect, test } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { newSession } from './new-session.ts'

/** Forks, ways back, and what a session may do. */
export function statesOfSessions(service: () => TestService): void {
  test('a fork goes its own way, and has the permissions and limits of what it was forked from', async () => {
    const { as, admin, newUser } = service()
    const wish = { permissions: { allowNet: ['127.0.0.1'] }, limits: { timeoutSeconds: 3 } }
    const owner = await newUser('forker')
    const { id, path, run, request } = await newSession(service(), owner, wish)
    const empty = await request('POST', `${path}/fork`, {})
    expect(empty.body).toMatchObject({ ...wish, bytes: 0, content: null })
    await run('x = [1]')
    const fork = await request('POST', `${path}/fork`, { name: 'other' })
    expect(fork).toMatchObject({ status: 201, body: { ...wish, name: 'other', state: 'at rest' } })
    expect(fork.body.bytes).toBeGreaterThan(10_000)
    const byCreate = await request('POST', 'sessions', { from: id, limits: { timeoutSeconds: 4 } })
    expect(byCreate.body).toMatchObject({ limits: { timeoutSeconds: 4 } })
    const inFork = (code: string) => request('POST', `sessions/${fork.body.id}/executions`, { code })
    expect((await inFork('x.append(2)\nx')).body.result.result).toEqual([1, 2])
    expect((await run('x')).body.result.result).toEqual([1])
    // An administrator's fork is the administrator's.
    const taken = await as(admin)('POST', `${path}/fork`, {})
    expect(taken.body.userId).toBe(admin.id)
    const inTaken = await as(admin)('POST', `sessions/${taken.body.id}/executions`, { code: 'x' })
    expect(inTaken.body.result.result).toEqual([1])
    expect((await request('GET', `sessions/${taken.body.id}`)).status).toBe(404)
    // What cannot be kept cannot be forked, and is named.
    await run('import asyncio\nh = asyncio.get_event_loop().call_later(60, print)')
    const before = (await request('GET', 'sessions')).body.items.length
    expect((await request('POST', `${path}/fork`, {})).body).toMatchObject({
      ...{ status: 409, code: 'session-not-saved', detail: expect.stringContaining('a timer') },
    })
    expect((await request('GET', 'sessions')).body.items).toHaveLength(before)
  })

  test('a rewind goes back by executions and changes of files, as far as it can and no further', async () => {
    const rewinder = await service().newUser('rewinder')
    const { path, run, request, file } = await newSession(service(), rewinder)
    const rewind = (body: object) => request('POST', `${path}/rewind`, body)
    expect(await rewind({})).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/back 0/) },
    })
    for (const n of [1, 2, 3]) await run(`x = ${n}`)
    await file('PUT', 'a.txt', 'a')
    expect((await request('GET', path)).body.stepsBack).toBe(3)
    expect((await rewind({ steps: 2 })).body).toMatchObject({ state: 'live', stepsBack: 1 })
    expect((await request('GET', `${path}/files`)).body.items).toEqual([])
    expect((await run('x')).body.result).toMatchObject({ result: 2, sessionRestored: null })
    // Two at a time: the state before the first execution is none to go back to.
    const both = await Promise.all([rewind({ steps: 2 }), rewind({ steps: 2 })])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await run('x')).body.result.result).toBe(1)
    expect((await rewind({ steps: 0 })).status).toBe(422)
    const audit = (await request('GET', 'audit?action=session.rewind')).body.items
    expect(audit[0]).toMatchObject({ outcome: expect.any(String), detail: { steps: expect.any(Number) } })
  })

  test('permissions and limits are capped by the policy, and executions by the limits of the session', async () => {
    const { as, admin } = service()
    const refused = await as(admin)('POST', 'sessions', { permissions: { allowNet: ['example.com'] } })
    expect(refused.body).toMatchObject({
      ...{ status: 422, problems: [{ path: 'permissions.allowNet' }] },
    })
    const tooLong = await as(admin)('POST', 'sessions', { limits: { timeoutSeconds: 21 } })
    expect(tooLong.body.problems).toEqual([{ path: 'timeoutSeconds', problem: 'at most 20 here, got 21' }])
    const limits = { timeoutSeconds: 1, cpuSeconds: 5 }
    const { run } = await newSession(service(), admin, { limits })
    for (const more of [{ timeoutSeconds: 2 }, { cpuSeconds: 6 }])
      expect((await run('1', {}, more)).status).toBe(422)
    expect((await run('x = 1\nwhile True: pass')).body.result.error).toMatchObject({ kind: 'timeout' })
    expect((await run('x')).body.result.status).toMatch(/success|error/)
  })
}

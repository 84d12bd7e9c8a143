import { expect, test } from 'vitest'
import { ENDLESS, hasBegun } from '../fixtures/programs.ts'
import type { TestService } from '../fixtures/service.ts'
import { newSession } from './new-session.ts'

const MIB = 2 ** 20

/** How many sessions there may be, how they end, and that clients know them. */
export function limitsOfSessions(service: () => TestService): void {
  test('DELETE ends what runs, and nothing of the session is left', async () => {
    const { services } = service()
    const { id, path, request, run } = await newSession(service(), service().admin)
    await run('x = 1')
    const begun = await run(ENDLESS, { prefer: 'respond-async' })
    const waiting = run('x')
    await hasBegun(service(), begun.body.id)
    await expect
      .poll(async () => (await request('GET', `executions?sessionId=${id}`)).body.items)
      .toHaveLength(3)
    expect((await request('DELETE', path)).status).toBe(204)
    expect((await request('GET', `executions/${begun.body.id}`)).body.status).toBe('cancelled')
    expect((await waiting).status).toBeLessThan(500)
    expect((await request('GET', path)).status).toBe(404)
    expect((await run('x')).status).toBe(404)
    expect(await services.context.sessions.store.inspect(id)).toBeNull()
    const audit = (await request('GET', `audit?resourceId=${id}`)).body.items
    expect(audit.map(({ action }: { action: string }) => action)).toEqual([
      'session.delete',
      'session.create',
    ])
  })

  test('past the number of sessions and past the storage it says which quota, and deleting helps', async () => {
    const { as, admin, newUser } = service()
    const few = await newUser('few')
    const change = { quotas: { sessions: 2, storageBytes: 3 * MIB } }
    await as(admin)('PATCH', `users/${few.id}`, change)
    const one = await newSession(service(), few)
    const two = await newSession(service(), few)
    for (const body of [{}, { from: one.id }])
      expect((await one.request('POST', 'sessions', body)).body).toMatchObject({
        ...{ status: 429, code: 'quota-exceeded', quota: 'sessions', quotaOf: 'user' },
      })
    await one.run('x = 1')
    const grown = await one.run('import os\ny = os.urandom(4 * 2**20)\nlen(y)')
    expect(grown.body.result).toMatchObject({
      result: 4 * MIB,
      sessionUnsaved: { reason: expect.stringContaining('"storage-bytes"') },
    })
    const noise = Buffer.from(Array.from({ length: MIB }, () => Math.floor(Math.random() * 256)))
    expect(await (await one.file('PUT', 'noise', noise)).json()).toMatchObject({
      ...{ status: 429, code: 'quota-exceeded', quota: 'storage-bytes' },
    })
    // What is not kept is there until the session rests, and the next result says that it is gone.
    const { open } = service().services.context.sessions
    ;(await open.evict(one.id))[Symbol.dispose]()
    const restored = { sessionRestored: { reason: 'not-kept' } }
    expect((await one.run('"y" in globals()')).body.result).toMatchObject({ result: false, ...restored })
    expect((await one.run('x')).body.result).toMatchObject({ result: 1, sessionRestored: null })
    // The others of this user have room again when it is deleted.
    expect((await one.request('DELETE', one.path)).status).toBe(204)
    const kept = await two.run('z = os = __import__("os").urandom(2**20)\nlen(z)')
    expect(kept.body.result).toMatchObject({ result: MIB, sessionUnsaved: null })
    expect((await one.request('POST', 'sessions', {})).status).toBe(201)
  })

  test('more sessions than may be live take turns, and idle ones go to rest', async () => {
    const { services, newUser } = service()
    const many = await newUser('many')
    const all = await Promise.all(Array.from({ length: 4 }, () => newSession(service(), many)))
    await Promise.all(all.map(({ run }, n) => run(`n = ${n}`)))
    expect(services.context.sessions.open.size).toBeLessThanOrEqual(2)
    const again = await Promise.all(all.map(({ run }) => run('n')))
    expect(again.map(({ body }) => body.result.result)).toEqual([0, 1, 2, 3])
    await expect.poll(() => services.context.sessions.open.size).toBe(0)
    const [first] = all
    expect((await first?.request('GET', first.path))?.body.state).toBe('at rest')
    expect((await first?.run('n'))?.body.result).toMatchObject({ result: 0, sessionRestored: null })
  })

  test('the sessions of a user who is deleted are gone', async () => {
    const { as, admin, newUser, services } = service()
    const leaving = await newUser('leaving')
    const { id, run } = await newSession(service(), leaving)
    await run('x = 1')
    expect((await as(admin)('DELETE', `users/${leaving.id}`)).status).toBe(204)
    expect((await as(admin)('GET', `sessions/${id}`)).status).toBe(404)
    expect(await services.context.sessions.store.inspect(id)).toBeNull()
  })

  test('the typed client knows sessions', async () => {
    const { client, admin } = service()
    const { sessions } = client(admin).api.v1
    const made = await sessions.$post({ json: { name: 'typed' } })
    if (made.status !== 201) throw new Error(`status ${made.status}`)
    const param = { id: (await made.json()).id }
    const files = sessions[':id'].files
    const put = await files[':path'].$put({ param: { ...param, path: 'a.txt' } }, { init: { body: 'typed' } })
    expect(put.status).toBe(200)
    const run = await sessions[':id'].executions.$post({
      ...{ param, header: {} },
      json: { code: 'open("a.txt").read()' },
    })
    if (run.status !== 200) throw new Error(`status ${run.status}`)
    const ran = await run.json()
    if (typeof ran === 'string' || ran instanceof Response) throw new Error('no JSON')
    expect(ran.result?.result).toBe('typed')
    const listed = await files.$get({ param, query: {} })
    if (listed.status !== 200) throw new Error(`status ${listed.status}`)
    expect((await listed.json()).items.map(({ name }) => name)).toEqual(['a.txt'])
    expect((await sessions[':id'].$delete({ param })).status).toBe(204)
  })
}

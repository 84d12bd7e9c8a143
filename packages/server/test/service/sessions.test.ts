import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { describeService, type Somebody, type TestService } from './fixtures/service.ts'

const MIB = 2 ** 20
const ENDLESS = 'print("begun", flush=True)\nwhile True: pass'

/** Requests of somebody about one new session. */
async function newSession(service: TestService, who: Somebody, body: object = {}) {
  const request = service.as(who)
  const made = await request('POST', 'sessions', body)
  expect(made.status).toBe(201)
  const { id } = made.body
  const path = `sessions/${id}`
  const run = (code: string, headers: Record<string, string> = {}, more: object = {}) =>
    request('POST', `${path}/executions`, { code, ...more }, headers)
  const file = (method: string, name: string, bytes?: Uint8Array | string, headers = {}) =>
    service.send(method, `${path}/files/${name}`, {
      headers: { authorization: `Bearer ${who.apiKey}`, ...headers },
      ...(bytes === undefined ? {} : { bytes }),
    })
  return { id, path, made, request, run, file }
}

describeService(
  'sessions',
  (service) => {
    test('executions in a session find what those before left, one after the other', async () => {
      const ada = await service().newUser('ada')
      const { id, path, made, request, run } = await newSession(service(), ada, { name: 'first' })
      expect(made.body).toMatchObject({ name: 'first', state: 'at rest', bytes: 0, content: null })
      expect(made.headers.get('location')).toBe(`/api/v1/${path}`)
      expect((await run('seen = []')).body).toMatchObject({ sessionId: id, result: { sessionUnsaved: null } })
      for (const n of [1, 2, 3]) {
        const code = `import time\ntime.sleep(0.2)\nseen.append(${n})`
        expect((await run(code, { prefer: 'respond-async' })).status).toBe(202)
      }
      // All of them wait still, and this one comes after them.
      expect((await run('seen')).body.result).toMatchObject({ result: [1, 2, 3], sessionUnsaved: null })
      const { body } = await request('GET', path)
      expect(body).toMatchObject({ state: 'live', content: { names: [{ name: 'seen' }, { name: 'time' }] } })
      expect(body.bytes).toBeGreaterThan(10_000)
      expect((await request('GET', 'sessions')).body.items).toMatchObject([{ id, bytes: body.bytes }])
      const runs = await request('GET', `executions?sessionId=${id}`)
      expect(runs.body.items).toHaveLength(5)
      const audit = await request('GET', `audit?resourceId=${runs.body.items[0]?.id}`)
      expect(audit.body.items).toMatchObject([
        { action: 'execution.create', outcome: 'success', detail: { sessionId: id } },
      ])
      // A list in parts.
      const second = await newSession(service(), ada)
      const first = (await request('GET', 'sessions?limit=1')).body
      expect(first).toMatchObject({ items: [{ id: second.id }], nextCursor: second.id })
      const rest = (await request('GET', `sessions?limit=1&cursor=${first.nextCursor}`)).body
      expect(rest).toMatchObject({ items: [{ id }], nextCursor: null })
    })

    test('nobody else learns that a session exists; an administrator sees all', async () => {
      const { as, admin, newUser } = service()
      const mine = await newSession(service(), await newUser('owner'))
      const nosy = as(await newUser('nosy'))
      for (const [method, path, body] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/executions', { code: '1' }],
        ['POST', '/fork', {}],
        ['GET', '/files'],
        ['GET', '/files/x'],
        ['DELETE', '/files/x'],
      ] as const)
        expect((await nosy(method, `${mine.path}${path}`, body)).status, `${method} ${path}`).toBe(404)
      expect((await nosy('POST', 'sessions', { from: mine.id })).status).toBe(404)
      expect((await nosy('GET', 'sessions')).body.items).toEqual([])
      expect((await nosy('GET', 'sessions?scope=all')).status).toBe(403)
      expect((await as(admin)('GET', mine.path)).status).toBe(200)
      const all = (await as(admin)('GET', 'sessions?scope=all&limit=100')).body.items
      expect(all.map(({ id }: { id: string }) => id)).toContain(mine.id)
    })

    test('events, background runs, idempotency and cancelling are those of executions', async () => {
      const { send, admin } = service()
      const { path, request, run } = await newSession(service(), admin)
      await run('n = 0')
      const headers = { authorization: `Bearer ${admin.apiKey}`, accept: 'text/event-stream' }
      const answer = await send('POST', `${path}/executions`, {
        body: { code: 'n += 1\nprint(n)\nn' },
        headers,
      })
      const text = await answer.text()
      expect(text.match(/^event: .*$/gm)?.at(-1)).toBe('event: finished')
      const again = await send('GET', `${answer.headers.get('location')}/events`, {
        headers: { ...headers, 'last-event-id': '1' },
      })
      expect(text.endsWith(await again.text())).toBe(true)

      const once = { 'idempotency-key': 'in-a-session' }
      const [one, two] = [await run('n += 1\nn', once), await run('n += 1\nn', once)]
      expect(one.body.result.result).toBe(2)
      expect(two.body).toEqual(one.body)
      const elsewhere = await newSession(service(), admin)
      expect((await elsewhere.run('n += 1\nn', once)).body.code).toBe('idempotency-mismatch')

      const begun = await run(ENDLESS, { prefer: 'respond-async' })
      expect(begun).toMatchObject({ status: 202, body: { status: 'running' } })
      const waiting = run('n')
      await sleep(300)
      const ended = await request('DELETE', `executions/${begun.body.id}`)
      expect(ended.body.status).toBe('cancelled')
      expect((await waiting).body.result).toMatchObject({ status: 'success', result: 2 })
    })

    test('files go up and down, whole or in parts, and are there for the code', async () => {
      const { run, file, request, path } = await newSession(service(), service().admin)
      const written = await file('PUT', 'in/%C3%BC.csv', 'a,b\n1,2\n', { 'content-type': 'text/csv' })
      expect(await written.json()).toMatchObject({ path: 'in/ü.csv', size: 8 })
      const etag = written.headers.get('etag') ?? ''
      const code = 'open("big.bin", "wb").write(bytes(range(256)) * 8192)\nopen("in/ü.csv").read()'
      expect((await run(code)).body.result.result).toBe('a,b\n1,2\n')
      const read = await file('GET', 'in%2F%C3%BC.csv')
      expect([await read.text(), read.headers.get('etag')]).toEqual(['a,b\n1,2\n', etag])
      expect(read.headers.get('content-type')).toBe('text/csv')
      expect((await file('GET', 'in/%C3%BC.csv', undefined, { 'if-none-match': etag })).status).toBe(304)
      for (const [range, content] of [
        ['bytes=2097148-', 'bytes 2097148-2097151/2097152'],
        ['bytes=-4', 'bytes 2097148-2097151/2097152'],
      ] as const) {
        const part = await file('GET', 'big.bin', undefined, { range })
        expect([part.status, part.headers.get('content-range')]).toEqual([206, content])
        expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([252, 253, 254, 255])
      }
      expect((await file('GET', 'big.bin', undefined, { range: 'bytes=9999999-' })).status).toBe(416)
      await file('PUT', 'page.html', '<script>alert(1)</script>')
      const page = await file('GET', 'page.html')
      expect(page.headers.get('content-type')).toBe('application/octet-stream')
      expect(page.headers.get('content-disposition')).toMatch(/^attachment/)
      const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).sort()
      expect(names((await request('GET', `${path}/files`)).body.items)).toEqual([
        'big.bin',
        'in',
        'page.html',
      ])
      expect((await request('GET', `${path}/files?path=in`)).body.items).toMatchObject([
        { name: 'ü.csv', type: 'file', size: 8 },
      ])
      expect((await file('DELETE', 'in')).status).toBe(204)
      expect((await file('GET', 'in/%C3%BC.csv')).status).toBe(404)
      expect((await file('DELETE', 'in')).status).toBe(404)
      expect((await file('GET', '..%2F..%2Fetc%2Fpasswd')).status).toBe(422)
      expect((await file('PUT', 'big.bin/x', 'x')).status).toBe(409)
      expect((await file('PUT', 'huge', 'x'.repeat(MIB + 1))).status).toBe(413)
      const empty = await file('PUT', 'empty', '')
      expect(await empty.json()).toMatchObject({ size: 0 })
      expect(await (await file('GET', 'empty')).text()).toBe('')
    })

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

    test('DELETE ends what runs, and nothing of the session is left', async () => {
      const { services } = service()
      const { id, path, request, run } = await newSession(service(), service().admin)
      await run('x = 1')
      const begun = await run(ENDLESS, { prefer: 'respond-async' })
      const waiting = run('x')
      await sleep(300)
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
      const put = await files[':path'].$put(
        { param: { ...param, path: 'a.txt' } },
        { init: { body: 'typed' } },
      )
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
  },
  {
    policy: {
      quotas: {
        concurrent: 8,
        perMinute: 1000,
        cpuSecondsPerDay: 3600,
        storageBytes: 256 * MIB,
        sessions: 50,
      },
    },
    sessions: { idleSeconds: 2, maxLive: 2 },
  },
)

import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { deleteAttemptsForgottenBefore } from '../../src/db/queries/sign-in-attempts.ts'
import { AttemptLimit } from '../../src/services/users/attempt-limit.ts'
import { ADMIN, cookieOf, describeService, SCOPES } from './fixtures/service.ts'

describeService('users', (service) => {
  test('sign-in sets a cookie that scripts and other sites cannot use, and sign-out ends it', async () => {
    const answer = await service().send('POST', 'auth/sign-in', { body: ADMIN })
    expect(answer.status).toBe(200)
    const [setCookie = ''] = answer.headers.getSetCookie()
    expect(setCookie).toMatch(/HttpOnly/i)
    expect(setCookie).toMatch(/SameSite=Strict/i)
    const cookie = cookieOf(answer)
    const self = await service().send('GET', 'auth/self', { headers: { cookie } })
    expect(await self.json()).toMatchObject({ user: { email: ADMIN.email, role: 'admin' }, scopes: SCOPES })
    expect((await service().send('POST', 'auth/sign-out', { headers: { cookie } })).status).toBe(204)
    const { body: ended } = await service().as(service().admin)('GET', 'audit?action=user.sign-out&limit=1')
    expect(ended.items).toMatchObject([{ outcome: 'success', actorId: expect.any(String), apiKeyId: null }])
    expect((await service().send('GET', 'auth/self', { headers: { cookie } })).status).toBe(401)
  })

  test('another site cannot use the cookie, nor sign somebody in', async () => {
    const cookie = cookieOf(await service().send('POST', 'auth/sign-in', { body: ADMIN }))
    const body = { name: 'stolen', scopes: ['admin'] }
    for (const foreign of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]) {
      const headers = { cookie, ...foreign } as Record<string, string>
      expect((await service().send('POST', 'api-keys', { body, headers })).status).toBe(403)
      const signIn = await service().send('POST', 'auth/sign-in', { body: ADMIN, headers: foreign as never })
      expect(signIn.status).toBe(403)
    }
    const headers = { cookie, 'content-type': 'text/plain', origin: 'http://service.test' }
    expect((await service().send('POST', 'api-keys', { body: JSON.stringify(body), headers })).status).toBe(
      415,
    )
    const own = { cookie, origin: 'http://service.test', 'sec-fetch-site': 'same-origin' }
    expect((await service().send('POST', 'api-keys', { body, headers: own })).status).toBe(201)
  })

  test('an unknown user, a wrong password and a disabled user get the same answer', async () => {
    const { admin, as, newUser, send } = service()
    const ada = await newUser('disabled')
    expect((await as(admin)('PATCH', `users/${ada.id}`, { disabled: true })).status).toBe(200)
    const answers = []
    for (const body of [
      { email: 'nobody@example.com', password: 'a password of somebody' },
      { email: ADMIN.email, password: 'not the password' },
      { email: 'disabled@example.com', password: 'a password of somebody' },
    ]) {
      const answer = await send('POST', 'auth/sign-in', { body, headers: { 'x-request-id': 'same' } })
      answers.push({
        status: answer.status,
        cookies: answer.headers.getSetCookie(),
        body: await answer.json(),
      })
    }
    expect(answers[0]).toMatchObject({ status: 401, cookies: [], body: { code: 'invalid-credentials' } })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect((await as(ada)('GET', 'auth/self')).status).toBe(401)
    expect((await as(admin)('PATCH', `users/${ada.id}`, { disabled: false })).status).toBe(200)
    expect((await as(ada)('GET', 'auth/self')).status).toBe(200)
  })

  test('guessing is slowed down, also for a right password after it', async () => {
    const { newUser, send } = service()
    await newUser('guessed')
    const body = { email: 'guessed@example.com', password: 'wrong' }
    const statuses = []
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await send('POST', 'auth/sign-in', { body })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    const right = await send('POST', 'auth/sign-in', {
      body: { ...body, password: 'a password of somebody' },
    })
    expect(right.status).toBe(429)
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await right.json()).toMatchObject({ code: 'too-many-attempts' })
  })

  test('failures count in the database: for all services, for many at once, and not for who has signed in there', async () => {
    const { db, attempts, secrets } = service().services.context
    const other = new AttemptLimit(db, secrets.derive('attempts'))
    const waits = []
    for (let n = 0; n < 8; n += 1)
      waits.push(await [attempts, other][n % 2]?.begin('Eve@example.com', '192.0.2.1'))
    expect(waits.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 1])
    expect(await other.begin('eve@example.com', '192.0.2.1')).toBeGreaterThan(0)
    expect(await other.begin('eve@example.com', '192.0.2.2')).toBe(0)

    const many = Array.from({ length: 20 }, () => attempts.begin('mallory@example.com', '192.0.2.3'))
    expect((await Promise.all(many)).filter((wait) => wait === 0)).toHaveLength(5)

    await other.begin('ada@example.com', '192.0.2.4')
    await other.succeeded('ada@example.com', '192.0.2.4')
    for (let n = 0; n < 55; n += 1) await attempts.begin(`user${n}@example.com`, '192.0.2.4')
    expect(await attempts.begin('bob@example.com', '192.0.2.4')).toBeGreaterThan(0)
    expect(await attempts.begin('ada@example.com', '192.0.2.4')).toBe(0)
    await attempts.failed('ada@example.com', '192.0.2.4')

    // What is stored names nobody, and goes when it counts no more.
    const { rows } = (await db.execute(sql`select * from sign_in_attempts`)) as unknown as { rows: object[] }
    expect(rows.length).toBeGreaterThan(10)
    expect(JSON.stringify(rows)).not.toMatch(/example|192\.0/)
    const later = new Date(Date.now() + 3_600_000)
    expect(await deleteAttemptsForgottenBefore(db, { before: later, limit: 1000 })).toBeGreaterThan(50)
    expect(await attempts.begin('eve@example.com', '192.0.2.1')).toBe(0)
    expect(await attempts.begin('ada@example.com', '192.0.2.4')).toBe(0)
  })

  test('a key is shown once, holds its scopes, expires, and can be withdrawn', async () => {
    const { admin, as, keyOf, newUser } = service()
    const ada = await newUser('ada')
    const reader = await keyOf(ada, ['tools:read'])
    expect((await as(reader)('GET', 'tools')).status).toBe(200)
    expect((await as(reader)('POST', 'executions', { code: '1' })).body).toMatchObject({
      status: 403,
      detail: 'Cannot create the execution: the API key lacks the scope "execute"',
    })
    expect((await as(reader)('POST', 'api-keys', { name: 'more', scopes: ['admin'] })).status).toBe(403)
    const adminReader = await keyOf(admin, ['tools:read'])
    expect((await as(adminReader)('GET', 'users')).status).toBe(403)

    const { body: made } = await as(ada)('POST', 'api-keys', {
      ...{ name: 'short', scopes: ['tools:read'] },
      expiresAt: new Date(Date.now() + 700).toISOString(),
    })
    const short = { id: ada.id, apiKey: made.key }
    expect((await as(short)('GET', 'tools')).status).toBe(200)
    const { body: keys } = await as(ada)('GET', 'api-keys')
    expect(JSON.stringify(keys)).not.toContain(made.key)
    expect(keys.items[0]).toMatchObject({ id: made.id, hint: made.key.slice(0, 10), scopes: ['tools:read'] })
    await expect.poll(async () => (await as(short)('GET', 'tools')).status).toBe(401)

    const { body: withdrawn } = await as(ada)('POST', 'api-keys', { name: 'gone', scopes: ['tools:read'] })
    const gone = { id: ada.id, apiKey: withdrawn.key }
    expect((await as(gone)('GET', 'tools')).status).toBe(200)
    const bob = await newUser('bob')
    expect((await as(bob)('DELETE', `api-keys/${withdrawn.id}`)).status).toBe(404)
    expect((await as(ada)('DELETE', `api-keys/${withdrawn.id}`)).status).toBe(204)
    expect((await as(gone)('GET', 'tools')).status).toBe(401)

    await service().services.context.keyUse.flush()
    const { body: later } = await as(ada)('GET', 'api-keys')
    expect(later.items.at(-1)?.lastUsedAt).not.toBeNull()
  })

  test('users see and change themselves alone; the last administrator stays', async () => {
    const { admin, as, newUser } = service()
    const [eve, mallory] = [await newUser('eve'), await newUser('mallory')]
    expect((await as(eve)('GET', `users/${eve.id}`)).status).toBe(200)
    expect((await as(eve)('PATCH', `users/${eve.id}`, { name: 'Eve' })).body).toMatchObject({ name: 'Eve' })
    expect((await as(eve)('PATCH', `users/${eve.id}`, { role: 'admin' })).status).toBe(403)
    expect((await as(eve)('PATCH', `users/${mallory.id}`, { name: 'x' })).status).toBe(404)
    expect((await as(eve)('GET', `users/${mallory.id}`)).status).toBe(404)
    expect((await as(eve)('GET', 'users')).status).toBe(403)
    expect(
      (await as(eve)('POST', 'users', { email: 'x@example.com', name: 'x', password: 'x'.repeat(12) }))
        .status,
    ).toBe(403)
    expect((await as(admin)('PATCH', `users/${admin.id}`, { role: 'user' })).body).toMatchObject({
      code: 'conflict',
    })
    expect((await as(admin)('DELETE', `users/${admin.id}`)).status).toBe(409)
    expect((await as(admin)('DELETE', `users/${mallory.id}`)).status).toBe(204)
    expect((await as(mallory)('GET', 'auth/self')).status).toBe(401)
    expect(
      (await as(admin)('POST', 'users', { email: 'EVE@example.com', name: 'x', password: 'x'.repeat(12) }))
        .status,
    ).toBe(409)
  })

  test('lists go on at their cursor and hold each thing once', async () => {
    const { admin, as } = service()
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await as(admin)('GET', `users?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ids.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor
    }
    const { body: all } = await as(admin)('GET', 'users?limit=100')
    expect(ids).toEqual(all.items.map(({ id }: { id: string }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('who did what is recorded, and told to those whom it concerns', async () => {
    const { admin, as, newUser } = service()
    const zoe = await newUser('zoe')
    await as(zoe)('PATCH', `users/${admin.id}`, { name: 'x' })
    const { body: own } = await as(zoe)('GET', 'audit')
    expect(own.items[0]).toMatchObject({
      action: 'user.update',
      resourceId: admin.id,
      outcome: 'refused',
      actorId: zoe.id,
    })
    expect(own.items.every(({ actorId }: { actorId: string }) => actorId === zoe.id)).toBe(true)
    const { body: all } = await as(admin)('GET', `audit?action=user.sign-in&limit=100`)
    expect(all.items.length).toBeGreaterThan(3)
    expect(JSON.stringify(all)).not.toContain('password')
  })

  test('requests that cannot be used get problem documents, never a 500', async () => {
    const { admin, as, send } = service()
    const request = as(admin)
    const cases: [Promise<{ status: number; body: { code: string } }>, number, string][] = [
      [request('POST', 'tools', '{"name":'), 400, 'malformed-request'],
      [request('POST', 'tools', []), 422, 'invalid-request'],
      [
        request('POST', 'tools', { name: 'not an identifier', kind: 'python', definition: { code: '' } }),
        422,
        'invalid-request',
      ],
      [
        request('POST', 'users', { email: 'a@b.example', name: 'nul\0', password: 'x'.repeat(12) }),
        422,
        'invalid-request',
      ],
      [
        request('POST', 'users', { email: 'a@b.example', name: '\ud800', password: 'x'.repeat(12) }),
        422,
        'invalid-request',
      ],
      [request('GET', 'tools?limit=0'), 422, 'invalid-request'],
      [request('GET', 'tools?cursor=%00'), 422, 'invalid-request'],
      [request('GET', 'tools/none'), 404, 'not-found'],
      [request('GET', 'nothing'), 404, 'not-found'],
      [request('GET', 'audit?actorId=%00'), 422, 'invalid-request'],
      [request('POST', 'executions', { code: '1', typo: 1 }), 422, 'invalid-request'],
      [request('POST', 'executions', { code: 'x'.repeat(2 ** 20 + 1) }), 413, 'request-too-large'],
    ]
    for (const [answer, status, code] of cases) expect((await answer).body).toMatchObject({ status, code })
    const { body } = await request('POST', 'users', { email: 'no', name: '', password: 'short' })
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(['email', 'name', 'password'])
    const nobody = await send('GET', 'tools', {
      headers: { authorization: 'Bearer acs_wrong', 'x-request-id': 'abc' },
    })
    expect(nobody.headers.get('content-type')).toBe('application/problem+json')
    expect(await nobody.json()).toMatchObject({ status: 401, code: 'unauthenticated', requestId: 'abc' })
  })
})

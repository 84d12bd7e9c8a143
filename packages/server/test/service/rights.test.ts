import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ADMIN, cookieOf, describeService, type Somebody } from './fixtures/service.ts'

const TICKS = 'import time\nfor n in range(200):\n  print(n, flush=True)\n  time.sleep(0.1)'

describeService(
  'what ends a right',
  (service) => {
    /** Something that goes on in every way that there is. */
    async function goingOn(who: Somebody) {
      const { as, send, services } = service()
      const begun = await as(who)('POST', 'executions', { code: TICKS }, { prefer: 'respond-async' })
      const headers = { authorization: `Bearer ${who.apiKey}` }
      const events = await send('GET', `executions/${begun.body.id}/events`, { headers })
      const session = (await as(who)('POST', 'sessions', {})).body.id
      expect((await as(who)('POST', `sessions/${session}/executions`, { code: 'x = 1' })).status).toBe(200)
      const run = services.context.runs.find(begun.body.id)
      await expect.poll(() => [...(run?.past() ?? [])].map(({ type }) => type)).toContain('stdout')
      expect(services.context.sessions.open.isOpen(session)).toBe(true)
      return { run, events, session }
    }

    async function endsWithinASecond({ run, events, session }: Awaited<ReturnType<typeof goingOn>>) {
      const began = performance.now()
      await events.text()
      const { status } = (await run?.ended.catch(() => null)) ?? { status: 'gone' }
      expect(status).toMatch(/cancelled|gone/)
      const { open } = service().services.context.sessions
      await expect.poll(() => open.isOpen(session)).toBe(false)
      // A second, and what a busy machine takes to end a worker; by itself it would go on for 20.
      expect(performance.now() - began).toBeLessThan(10_000)
    }

    test('disabling a user ends executions, streams and live sessions', async () => {
      const { as, admin, newUser } = service()
      const user = await newUser('disabled')
      const all = await goingOn(user)
      await as(admin)('PATCH', `users/${user.id}`, { disabled: true })
      await endsWithinASecond(all)
      expect((await as(admin)('GET', `sessions/${all.session}`)).body).toMatchObject({ state: 'at rest' })
    })

    test('withdrawing a key ends what was begun with it, and not what was begun with another one', async () => {
      const { as, keyOf, newUser } = service()
      const user = await newUser('two-keys')
      const key = await keyOf(user, ['execute', 'admin'])
      const other = await as(user)('POST', 'executions', { code: TICKS }, { prefer: 'respond-async' })
      const all = await goingOn(key)
      const { apiKeyId } = (await as(key)('GET', 'auth/self')).body
      await as(user)('DELETE', `api-keys/${apiKeyId}`)
      await endsWithinASecond(all)
      expect((await as(user)('GET', `executions/${other.body.id}`)).body.status).toBe('running')
      await as(user)('DELETE', `executions/${other.body.id}`)
      // The session is the user's, and wakes up for another key.
      const again = await as(user)('POST', `sessions/${all.session}/executions`, { code: 'x' })
      expect(again.body.result.result).toBe(1)
    })

    test('a key that expires ends what was begun with it', async () => {
      const { as, newUser } = service()
      const user = await newUser('expiring')
      const expiresAt = new Date(Date.now() + 1500).toISOString()
      const { body } = await as(user)('POST', 'api-keys', { name: 'short', scopes: ['execute'], expiresAt })
      const begun = await as({ id: user.id, apiKey: body.key })(
        ...(['POST', 'executions', { code: TICKS }, { prefer: 'respond-async' }] as const),
      )
      const status = async () => (await as(user)('GET', `executions/${begun.body.id}`)).body.status
      expect(await status()).toBe('running')
      await expect.poll(status).toBe('cancelled')
    })

    test('deleting a user deletes executions, results, files and sessions', async () => {
      const { as, admin, newUser, services, filesFolder } = service()
      const user = await newUser('deleted')
      const made = await as(user)('POST', 'executions', { code: 'open("a.txt", "w").write("a")' })
      expect(made.body.result.files[0]?.kept).toBe(true)
      const all = await goingOn(user)
      expect((await as(admin)('DELETE', `users/${user.id}`)).status).toBe(204)
      await endsWithinASecond(all)
      for (const path of [
        `executions/${made.body.id}`,
        `executions/${all.run?.id}`,
        `sessions/${all.session}`,
      ])
        expect((await as(admin)('GET', path)).status, path).toBe(404)
      expect(readdirSync(filesFolder)).not.toContain(made.body.id)
      expect(await services.context.db.query.departedUsers.findMany()).toEqual([])
    })

    test('signing out ends the streams that were opened with the cookie, and not what runs', async () => {
      const { as, send, admin } = service()
      const cookie = cookieOf(await send('POST', 'auth/sign-in', { body: ADMIN }))
      const begun = await as(admin)('POST', 'executions', { code: TICKS }, { prefer: 'respond-async' })
      const events = await send('GET', `executions/${begun.body.id}/events`, { headers: { cookie } })
      await send('POST', 'auth/sign-out', { headers: { cookie } })
      await events.text()
      expect((await as(admin)('GET', `executions/${begun.body.id}`)).body.status).toBe('running')
      await as(admin)('DELETE', `executions/${begun.body.id}`)
    })

    test('what a key makes does not outlive or exceed it', async () => {
      const { as, admin } = service()
      const bounds = [
        { quotas: { perMinute: 1 } },
        { expiresAt: new Date(Date.now() + 60_000).toISOString() },
      ]
      for (const bound of bounds) {
        const { body } = await as(admin)('POST', 'api-keys', { name: 'bound', scopes: ['admin'], ...bound })
        const bounded = as({ id: admin.id, apiKey: body.key })
        expect((await bounded('GET', 'users')).status).toBe(200)
        for (const [method, path, request] of [
          ['POST', 'api-keys', { name: 'free', scopes: ['admin'] }],
          ['POST', 'users', { email: 'x@example.com', name: 'x', password: 'x'.repeat(12), role: 'admin' }],
          ['PATCH', `users/${admin.id}`, { password: 'x'.repeat(12), currentPassword: ADMIN.password }],
        ] as const)
          expect((await bounded(method, path, request)).status, `${method} ${path}`).toBe(403)
      }
    })

    test('one changes the own password with the old one, an administrator that of somebody else without', async () => {
      const { as, admin, newUser, send } = service()
      const user = await newUser('password')
      const password = 'another password'
      const change = (body: object) => as(user)('PATCH', `users/${user.id}`, body)
      expect((await change({ password })).body).toMatchObject({ problems: [{ path: 'currentPassword' }] })
      expect((await change({ password, currentPassword: 'not the password' })).status).toBe(403)
      expect((await change({ password, currentPassword: 'a password of somebody' })).status).toBe(200)
      const signIn = (text: string) =>
        send('POST', 'auth/sign-in', { body: { email: 'password@example.com', password: text } })
      expect((await signIn(password)).status).toBe(200)
      const given = await as(admin)('PATCH', `users/${user.id}`, { password: 'a third password' })
      expect(given.status).toBe(200)
      expect((await signIn('a third password')).status).toBe(200)
      for (let n = 0; n < 5; n += 1) await change({ password, currentPassword: 'a wrong guess' })
      expect((await change({ password, currentPassword: 'a third password' })).status).toBe(429)
    })
  },
  // As many places as one user holds at once here: two runs, and a session at work.
  { policy: { quotas: { storageBytes: 2 ** 26 } }, sandbox: { pool: { min: 0, max: 3 } } },
)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accounts, verifications } from '../../src/db/schema.ts'
import { type OpenIdFixture, startOpenIdProvider } from './fixtures/open-id-provider.ts'
import { cookieOf, startTestService, type TestService } from './fixtures/service.ts'

let provider: OpenIdFixture
const folder = mkdtempSync(join(tmpdir(), 'acs-oidc-'))
const services: TestService[] = []

beforeAll(async () => {
  provider = await startOpenIdProvider()
})
afterAll(async () => {
  for (const { services: each } of services) await each.close(0)
  await provider[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  provider.flaw = 'none'
})

async function serviceThat(name: string, allowSignUp: boolean): Promise<TestService> {
  const { issuer, clientId, clientSecret } = provider
  const openId = { issuer, clientId, clientSecret, allowSignUp }
  const place = { folder: join(folder, name) }
  const service = await startTestService(place, { openId, filesFolder: join(folder, name, 'files') })
  services.push(service)
  return service
}

/** Goes to the provider as a browser does, and gives where it is sent back to. */
async function toProvider(service: TestService) {
  const start = await service.send('GET', 'auth/oidc')
  expect(start.status).toBe(302)
  const target = new URL(start.headers.get('location') ?? '')
  const sent = await fetch(target, { redirect: 'manual' })
  const back = new URL(sent.headers.get('location') ?? 'http://nowhere')
  return { start, target, path: back.pathname + back.search, cookie: cookieOf(start) }
}

async function signIn(service: TestService, claims: Record<string, unknown>) {
  provider.claims = claims
  const { path, cookie } = await toProvider(service)
  return await service.send('GET', path, { headers: { cookie } })
}

const self = async (service: TestService, answer: Response) =>
  await (await service.send('GET', 'auth/self', { headers: { cookie: cookieOf(answer) } })).json()

describe('signing in with OpenID Connect', () => {
  test('makes a user where that is allowed, with the role "user" whatever the provider claims', async () => {
    const service = await serviceThat('open', true)
    const ada = {
      sub: '1',
      email: 'Ada@example.com',
      email_verified: true,
      name: 'Ada',
      role: 'admin',
      quotas: {},
    }
    const answer = await signIn(service, ada)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('url=/')
    const { user } = await self(service, answer)
    expect(user).toMatchObject({
      email: 'ada@example.com',
      name: 'Ada',
      role: 'user',
      disabled: false,
      quotas: null,
    })
    const again = await self(service, await signIn(service, { ...ada, name: 'Renamed' }))
    expect(again.user.id).toBe(user.id)
    const session = answer.headers.getSetCookie().find((text) => text.includes('session_token'))
    expect(session).toMatch(/HttpOnly/)
    expect(session).toMatch(/SameSite=Strict/i)
    const stored = await service.services.context.db.select().from(accounts)
    expect(stored.find(({ providerId }) => providerId === 'oidc')).toMatchObject({
      ...{ accountId: '1', accessToken: null, refreshToken: null, idToken: null },
    })
    const { body: audit } = await service.as(service.admin)('GET', 'audit?action=user.sign-in')
    expect(audit.items[0]).toMatchObject({ outcome: 'success', detail: { by: 'oidc' } })
  })

  test('uses PKCE, a state that only the browser knows that began, and a nonce', async () => {
    const [service] = services
    if (service === undefined) throw new Error('no service')
    provider.claims = { sub: '1', email: 'ada@example.com', email_verified: true }
    const { start, target, path, cookie } = await toProvider(service)
    expect(Object.fromEntries(target.searchParams)).toMatchObject({
      ...{ code_challenge_method: 'S256', response_type: 'code', client_id: provider.clientId },
      redirect_uri: 'http://service.test/api/v1/auth/oidc/callback',
      ...{ nonce: expect.stringMatching(/.{16}/), state: expect.stringMatching(/.{16}/) },
    })
    // From the site of the provider, "Strict" would not come back.
    for (const text of start.headers.getSetCookie()) expect(text).toMatch(/SameSite=Lax/i)
    const withoutCookie = await service.send('GET', path)
    expect(withoutCookie.status).toBe(403)
    expect(withoutCookie.headers.getSetCookie().join()).not.toContain('session_token=ey')
    const other = await toProvider(service)
    expect((await service.send('GET', path, { headers: { cookie: other.cookie } })).status).toBe(403)
    for (const query of ['', '?code=x', '?state=x', '?error=access_denied', '?code=a&state=b'])
      expect(
        (await service.send('GET', `auth/oidc/callback${query}`, { headers: { cookie } })).status,
        query,
      ).toBe(403)
    const finished = await toProvider(service)
    const headers = { cookie: finished.cookie }
    expect((await service.send('GET', finished.path, { headers })).status).toBe(200)
    expect((await service.send('GET', finished.path, { headers })).status).toBe(403)
  })

  test.each(['nonce', 'audience', 'key'] as const)(
    'refuses an identity token with a wrong %s',
    async (flaw) => {
      const [service] = services
      if (service === undefined) throw new Error('no service')
      provider.flaw = flaw
      const answer = await signIn(service, { sub: '1', email: 'ada@example.com', email_verified: true })
      expect(answer.status).toBe(403)
      expect((await self(service, answer)).code).toBe('unauthenticated')
    },
  )

  test('refuses an address that nobody has verified, and a user who is disabled', async () => {
    const [service] = services
    if (service === undefined) throw new Error('no service')
    const { body: before } = await service.as(service.admin)('GET', 'users')
    const unverified = { sub: '2', email: 'admin@example.com', email_verified: false }
    expect(await (await signIn(service, unverified)).json()).toMatchObject({
      status: 403,
      code: 'sign-in-refused',
    })
    expect((await signIn(service, { sub: '3', email: 'new@example.com' })).status).toBe(403)
    expect((await service.as(service.admin)('GET', 'users')).body).toEqual(before)
    const ada = before.items.find(({ email }: { email: string }) => email === 'ada@example.com')
    await service.as(service.admin)('PATCH', `users/${ada?.id}`, { disabled: true })
    const disabled = await signIn(service, { sub: '1', email: 'ada@example.com', email_verified: true })
    expect(await disabled.json()).toMatchObject({ detail: expect.stringContaining('the user is disabled') })
  })

  test('makes nobody a user where that is not allowed, and lets in whom an administrator has made one', async () => {
    const service = await serviceThat('closed', false)
    const grace = { sub: '9', email: 'grace@example.com', email_verified: true, name: 'Grace' }
    expect(await (await signIn(service, grace)).json()).toMatchObject({
      detail: expect.stringContaining('no administrator has made you a user yet'),
    })
    const { id } = await service.newUser('grace')
    expect((await self(service, await signIn(service, grace))).user.id).toBe(id)
  })

  test('is not there where no provider is configured, and says so where the provider is away', async () => {
    const place = { folder: join(folder, 'none') }
    const none = await startTestService(place, { filesFolder: join(folder, 'none', 'files') })
    services.push(none)
    expect((await none.send('GET', 'auth/oidc')).status).toBe(404)
    expect((await none.send('GET', 'auth/oidc/callback?code=a&state=b')).status).toBe(404)
    const openId = { issuer: 'http://127.0.0.1:9', clientId: 'x', allowSignUp: false }
    const gone = { folder: join(folder, 'gone') }
    const away = await startTestService(gone, { openId, filesFolder: join(folder, 'gone', 'files') })
    services.push(away)
    expect((await away.send('GET', 'auth/oidc')).status).toBe(503)
    expect((await away.as(away.admin)('GET', 'tools')).status).toBe(200)
  })

  test('is begun so often from one place, and no row more is written', async () => {
    const service = await serviceThat('limited', true)
    const answers = await Promise.all(Array.from({ length: 150 }, () => service.send('GET', 'auth/oidc')))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 302).length).toBeLessThanOrEqual(75)
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    const rows = await service.services.context.db.select().from(verifications)
    expect(rows.length).toBeLessThanOrEqual(75)
    const back = await service.send('GET', 'auth/oidc/callback?state=x&code=y')
    expect(back.status).toBe(429)
  })
})

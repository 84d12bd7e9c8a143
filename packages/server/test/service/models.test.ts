import { expect, test } from 'vitest'
import { isAnythingSealed } from '../../src/db/queries/sealed.ts'
import { keepEnvironmentModel } from '../../src/services/models/environment-model.ts'
import { describeServiceOnce } from './fixtures/service.ts'

const KEY = 'sk-a-key-that-nobody-reads'
const MODEL = { name: 'small', baseUrl: 'https://api.example.com/v1', model: 'small-1', apiKey: KEY }

describeServiceOnce('models', (service) => {
  const admin = () => service().as(service().admin)

  test('an administrator sets them up; the key is written and never read', async () => {
    const made = await admin()('POST', 'models', MODEL)
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ name: 'small', hasApiKey: true, users: null, limits: { maxSteps: 20 } })
    const { id } = made.body
    const everything = [
      made,
      await admin()('GET', `models/${id}`),
      await admin()('GET', 'models'),
      await admin()('PATCH', `models/${id}`, { description: 'for small things', limits: { maxSteps: 3 } }),
      await admin()('GET', 'audit'),
    ]
    expect(JSON.stringify(everything.map(({ body }) => body))).not.toContain(KEY)
    const { db, secrets } = service().services.context
    expect(await isAnythingSealed(db)).toBe(true)
    const { rows } = (await db.execute('select api_key from models')) as unknown as {
      rows: { api_key: string }[]
    }
    expect(secrets.open(rows[0]?.api_key ?? '', id)).toBe(KEY)
    expect((await admin()('POST', 'models', MODEL)).status).toBe(409)
    const read = await admin()('GET', `models/${id}`)
    expect(read.body).toMatchObject({
      description: 'for small things',
      limits: { maxSteps: 3, maxSeconds: 600 },
    })
    expect((await admin()('DELETE', `models/${id}`)).status).toBe(204)
    expect((await admin()('GET', `models/${id}`)).status).toBe(404)
  })

  test('the key does not follow to another address', async () => {
    const { id } = (await admin()('POST', 'models', { ...MODEL, name: 'moved' })).body
    const moved = await admin()('PATCH', `models/${id}`, { baseUrl: 'https://evil.example/v1' })
    expect(moved).toMatchObject({ status: 422, body: { problems: [{ path: 'apiKey' }] } })
    const path = await admin()('PATCH', `models/${id}`, { baseUrl: 'https://api.example.com/v2' })
    expect(path).toMatchObject({ status: 200, body: { hasApiKey: true } })
    const without = { baseUrl: 'https://other.example/v1', apiKey: null }
    expect(await admin()('PATCH', `models/${id}`, without)).toMatchObject({ body: { hasApiKey: false } })
    await admin()('DELETE', `models/${id}`)
  })

  test('users see those that they may use, and not where these are', async () => {
    const ada = await service().newUser('ada')
    const eve = await service().newUser('eve')
    const own = (await admin()('POST', 'models', { ...MODEL, name: 'of-ada', users: [ada.id] })).body
    const off = (await admin()('POST', 'models', { ...MODEL, name: 'off', enabled: false })).body
    const seen = await service().as(ada)('GET', 'models')
    expect(seen.body.items).toMatchObject([
      { name: 'of-ada', baseUrl: null, hasApiKey: null, users: null, parameters: null },
    ])
    expect(JSON.stringify(seen.body)).not.toMatch(/example\.com|sk-/)
    expect((await service().as(eve)('GET', 'models')).body.items).toEqual([])
    expect((await service().as(eve)('GET', `models/${own.id}`)).status).toBe(404)
    expect((await service().as(ada)('GET', `models/${off.id}`)).status).toBe(404)
    for (const [method, path, body] of [
      ['POST', 'models', MODEL],
      ['PATCH', `models/${own.id}`, { enabled: false }],
      ['DELETE', `models/${own.id}`],
    ] as const)
      expect((await service().as(ada)(method, path, body)).status, method).toBe(403)
    const limited = await service().keyOf(service().admin, ['execute'])
    expect((await service().as(limited)('POST', 'models', MODEL)).status).toBe(403)
  })

  test.each([
    ['baseUrl', { baseUrl: 'ftp://example.com' }],
    ['baseUrl', { baseUrl: 'https://me:secret@example.com' }],
    ['baseUrl', { baseUrl: 'https://example.com?key=1' }],
    ['name', { name: 'no spaces' }],
    ['apiKey', { apiKey: 'line\nbreak' }],
    ['limits.maxSteps', { limits: { maxSteps: 0 } }],
    ['', { unknown: 1 }],
  ])('what cannot be one is refused: %s', async (path, wrong) => {
    const refused = await admin()('POST', 'models', { ...MODEL, name: 'wrong', ...wrong })
    expect(refused).toMatchObject({ status: 422, body: { problems: [{ path }] } })
  })

  test('the one of the environment is there while the environment says so', async () => {
    const { context } = service().services
    const names = async () =>
      (await admin()('GET', 'models')).body.items.map((each: { name: string }) => each.name)
    await keepEnvironmentModel(context, { baseUrl: 'http://127.0.0.1:9/v1', model: 'one', apiKey: KEY })
    await keepEnvironmentModel(context, { baseUrl: 'http://127.0.0.1:9/v1', model: 'two' })
    const found = await admin()('GET', 'models/mdl_environment')
    expect(found.body).toMatchObject({ name: 'default', model: 'two', hasApiKey: false })
    await keepEnvironmentModel(context, undefined)
    expect(await names()).not.toContain('default')
  })
})

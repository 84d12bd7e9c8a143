import { expect, test } from 'vitest'
import { tools, toolVersions } from '../../../src/db/schema.ts'
import type { TestService } from '../fixtures/service.ts'
import { makeTool } from './make-tool.ts'
import type { PetServer } from './pet-server.ts'

const SECRET = 'a very secret token'

/** Tools that call the operations of an OpenAPI document. */
export function httpTools(service: () => TestService, pets: () => PetServer): void {
  test('tools of the system are there for all, and changed by administrators alone', async () => {
    const { admin, as, keyOf, newUser } = service()
    const tool = await makeTool(service(), admin, { ...pets().tool('system_pets'), system: true })
    expect(tool).toMatchObject({ system: true, ownerId: null })
    const ada = await newUser('systemuser')
    expect((await as(ada)('GET', `tools/${tool.id}`)).status).toBe(200)
    expect(
      (await as(ada)('GET', 'tools?scope=system')).body.items.map(({ id }: { id: string }) => id),
    ).toContain(tool.id)
    expect((await as(ada)('GET', 'tools?scope=mine')).body.items).toEqual([])
    expect((await as(ada)('PATCH', `tools/${tool.id}`, { enabled: false }, { 'if-match': '*' })).status).toBe(
      403,
    )
    expect((await as(ada)('DELETE', `tools/${tool.id}`)).status).toBe(403)
    expect((await as(ada)('POST', 'tools', { ...pets().tool('mine'), system: true })).status).toBe(403)
    expect(
      (await as(ada)('POST', `tools/${tool.id}/execute`, { operation: 'teapot' })).body.answer,
    ).toMatchObject({ status: 418 })
    const reader = await keyOf(ada, ['tools:read'])
    expect((await as(reader)('POST', `tools/${tool.id}/execute`, { operation: 'teapot' })).status).toBe(403)
  })

  test('POST operations send the body as body and the query as query, with the secrets of the tool', async () => {
    const { as, newUser } = service()
    const ada = await newUser('caller')
    const auth = { type: 'bearer', token: SECRET, headers: { 'X-Team': 'blue' } }
    const tool = await makeTool(service(), ada, pets().tool('pets', { auth }))
    pets().seen = []
    const { body } = await as(ada)('POST', `tools/${tool.id}/execute`, {
      operation: 'updatePet',
      arguments: {
        id: 'a/b?c',
        dry: true,
        tags: ['x', 'y&z'],
        'X-Trace': '42',
        body: { name: null, parent: { name: 'Rex' } },
      },
    })
    expect(body).toEqual({
      execution: null,
      answer: { status: 200, contentType: 'application/json', body: { ok: true } },
    })
    expect(pets().seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/pets/a%2Fb%3Fc?dry=true&tags=x&tags=y%26z',
        body: '{"name":null,"parent":{"name":"Rex"}}',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${SECRET}`,
          'x-team': 'blue',
          'x-trace': '42',
          host: new URL(pets().origin).host,
        },
      },
    ])
    const wrong = await as(ada)('POST', `tools/${tool.id}/execute`, {
      operation: 'updatePet',
      arguments: { id: '..', body: { name: 3 } },
    })
    expect(wrong.body.problems[0]).toEqual({ path: 'arguments.body.name', problem: 'must be string' })
    const up = await as(ada)('POST', `tools/${tool.id}/execute`, {
      operation: 'updatePet',
      arguments: { id: '..', body: { name: 'x' } },
    })
    expect(up.body.problems).toMatchObject([{ path: 'arguments.id' }])
    const none = await as(ada)('POST', `tools/${tool.id}/execute`, { operation: 'nothing' })
    expect(none.body.problems).toMatchObject([{ path: 'operation' }])
  })

  test('secrets are written, never read, and stored sealed', async () => {
    const { as, newUser, services } = service()
    const ada = await newUser('secretive')
    const tool = await makeTool(
      service(),
      ada,
      pets().tool('sealed', { auth: { type: 'bearer', token: SECRET } }),
    )
    expect(tool.auth).toEqual({ type: 'bearer' })
    const path = `tools/${tool.id}`
    await as(ada)('PATCH', path, { description: 'another' }, { 'if-match': '"1"' })
    const answers = await Promise.all(
      [path, 'tools', `${path}/versions`, 'audit'].map((to) => as(ada)('GET', to)),
    )
    const { db } = services.context
    const stored = [await db.select().from(tools), await db.select().from(toolVersions)]
    expect(JSON.stringify([answers, stored])).not.toContain(SECRET)
    pets().seen = []
    await as(ada)('POST', `${path}/execute`, { operation: 'teapot' })
    expect(pets().seen).toMatchObject([{ headers: { authorization: `Bearer ${SECRET}` } }])
  })

  test('secrets that a service sends back are taken out of its answer', async () => {
    const { as, newUser } = service()
    const ada = await newUser('echoed')
    const auths = [
      { type: 'bearer', token: SECRET },
      { type: 'basic', username: 'ada', password: SECRET },
      { type: 'api-key', in: 'query', name: 'key', value: SECRET },
      { type: 'none', headers: { 'X-Key': SECRET } },
    ]
    for (const [at, auth] of auths.entries()) {
      const tool = await makeTool(service(), ada, pets().tool(`echo${at}`, { auth }))
      pets().seen = []
      const { body } = await as(ada)('POST', `tools/${tool.id}/execute`, { operation: 'echo' })
      const sent = JSON.stringify([
        pets().seen[0]?.headers,
        decodeURIComponent(pets().seen[0]?.url ?? '').replaceAll('+', ' '),
      ])
      const base64 = Buffer.from(`ada:${SECRET}`).toString('base64')
      expect(sent.includes(SECRET) || sent.includes(base64)).toBe(true)
      const told = JSON.stringify(body)
      expect(told).toContain('[redacted:known-secret]')
      for (const form of [SECRET, encodeURIComponent(SECRET), SECRET.replaceAll(' ', '+'), base64])
        expect(told).not.toContain(form)
    }
  })

  test('private addresses are refused, also behind a redirect; answers have a ceiling', async () => {
    const { as, newUser } = service()
    const ada = await newUser('prober')
    const tool = await makeTool(
      service(),
      ada,
      pets().tool('probe', { auth: { type: 'api-key', in: 'header', name: 'X-Key', value: SECRET } }),
    )
    const call = async (id: string, operation: string) =>
      (await as(ada)('POST', `tools/${id}/execute`, { operation })).body
    expect(await call(tool.id, 'moved')).toMatchObject({
      status: 502,
      code: 'tool-call-failed',
      detail: expect.stringContaining('127.0.0.2'),
    })
    expect(await call(tool.id, 'large')).toMatchObject({
      status: 502,
      detail: expect.stringContaining('longer than'),
    })
    for (const [index, baseUrl] of [
      'http://localhost:1',
      'http://169.254.169.254',
      'http://[::1]:1',
      'http://2130706434',
    ].entries()) {
      const probe = await makeTool(
        service(),
        ada,
        pets().tool(`probe${index}`, { definition: { document: pets().document(), baseUrl } }),
      )
      const refused = await call(probe.id, 'teapot')
      expect(refused, baseUrl).toMatchObject({
        status: 502,
        code: 'tool-call-failed',
        detail: expect.stringMatching(/denyNet|no such host that is public/),
      })
    }
  })

  test('a preview tells what could be called, or what is wrong in which line, and fetches where tools may call', async () => {
    const { as, keyOf, newUser } = service()
    const user = await newUser('previewer')
    const preview = (body: object) => as(user)('POST', 'tools/preview', body)
    const text = JSON.stringify(pets().document(), null, 2)
    const read = await preview({ document: text })
    expect(read).toMatchObject({ status: 200, body: { document: text, problems: [] } })
    expect(read.body.operations).toContainEqual(
      expect.objectContaining({ id: 'updatePet', method: 'POST', path: '/pets/{id}' }),
    )
    const wrong = text.replace('"title": "Pets",', '"name": "Pets",')
    const line = wrong.split('\n').findIndex((each) => each.includes('"info"')) + 1
    expect((await preview({ document: wrong })).body).toMatchObject({
      ...{ operations: [], problems: [{ path: 'info', line }] },
    })
    expect((await preview({ url: `${pets().origin}/openapi.json` })).body).toEqual({
      ...read.body,
      document: JSON.stringify(pets().document()),
    })
    for (const [url, detail] of [
      [`${pets().origin}/moved`, '127.0.0.2'],
      [`${pets().origin}/large`, 'longer than'],
      [`${pets().origin}/teapot`, '418'],
      ['http://169.254.169.254/latest', 'denyNet'],
    ] as const)
      expect((await preview({ url })).body, url).toMatchObject({
        ...{ status: 502, code: 'tool-call-failed', detail: expect.stringContaining(detail) },
      })
    for (const body of [{}, { document: text, url: pets().origin }, { url: 'file:///etc/passwd' }])
      expect((await preview(body)).status).toBe(422)
    const reader = await keyOf(user, ['tools:read'])
    expect((await as(reader)('POST', 'tools/preview', { document: text })).status).toBe(403)
    expect((await as(user)('GET', 'tools?scope=mine')).body.items).toEqual([])
    const audit = await as(user)('GET', 'audit?action=tool.preview')
    expect(audit.body.items.length).toBeGreaterThanOrEqual(7)
  })

  test('a wrong document is refused with what is wrong and where', async () => {
    const { as, admin } = service()
    const problemsOf = async (source: unknown) =>
      (await as(admin)('POST', 'tools', { name: 'bad', kind: 'openapi', definition: { document: source } }))
        .body.problems
    expect(await problemsOf('openapi: 3.0.0\ninfo: [')).toMatchObject([
      { path: expect.stringContaining('line 2') },
    ])
    expect(await problemsOf({ swagger: '2.0' })).toMatchObject([{ path: 'definition.document.openapi' }])
    const foreign = pets().document()
    foreign.components.schemas.Pet.properties.parent.$ref = 'file:///etc/passwd'
    expect(await problemsOf(foreign)).toMatchObject([
      { path: 'definition.document.components.schemas.Pet.properties.parent.$ref' },
    ])
    expect(await problemsOf({ ...pets().document(), info: {} })).toContainEqual({
      path: 'definition.document.info',
      problem: "must have required property 'title'",
    })
    const yaml =
      'openapi: 3.1.0\ninfo: {title: T, version: "1"}\nservers: [{url: "https://example.com"}]\npaths:\n  /a: {get: {responses: {"200": {description: ok}}}}\n'
    const made = await as(admin)('POST', 'tools', {
      name: 'yaml',
      kind: 'openapi',
      definition: { document: yaml },
    })
    expect(made.body.definition.operations).toMatchObject([{ id: 'get_a', method: 'GET', path: '/a' }])
  })
}

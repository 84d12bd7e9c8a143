import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tools, toolVersions } from '../../src/db/schema.ts'
import { describeService, type Somebody } from './fixtures/service.ts'

const GREET = `def main(city: str, times: int = 1) -> str:
    """Greet a city.

    Args:
        city: its name
    """
    return f"Hello, {city}! " * times
`
const SECRET = 'a very secret token'

let server: Server
let origin = ''
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body })
    if (url.startsWith('/moved')) response.writeHead(302, { location: 'http://127.0.0.2:9/' }).end()
    else if (url.startsWith('/large')) response.end('x'.repeat(2 ** 20 + 1))
    else
      response
        .writeHead(url.startsWith('/teapot') ? 418 : 200, { 'content-type': 'application/json' })
        .end('{"ok":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const document = () => ({
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: `${origin}/api` }],
  paths: {
    '/pets/{id}': {
      post: {
        operationId: 'updatePet',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'dry', in: 'query', schema: { type: 'boolean' } },
          { name: 'tags', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
        },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/../teapot': { get: { operationId: 'teapot', responses: { 200: { description: 'ok' } } } },
    '/../moved': { get: { operationId: 'moved', responses: { 200: { description: 'ok' } } } },
    '/../large': { get: { operationId: 'large', responses: { 200: { description: 'ok' } } } },
  },
  components: {
    schemas: {
      Pet: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', nullable: true },
          parent: { $ref: '#/components/schemas/Pet' },
        },
      },
    },
  },
})

describeService('tools', (service) => {
  const make = async (who: Somebody, tool: object) => {
    const made = await service().as(who)('POST', 'tools', tool)
    expect(made.body).toMatchObject({ version: 1 })
    return made.body
  }
  const python = (name: string, more: object = {}) => ({
    name,
    kind: 'python',
    definition: { code: GREET },
    ...more,
  })

  test('the owner updates, executes and deletes the own tool; another user gets 404, an administrator may', async () => {
    const { admin, as, newUser } = service()
    const [ada, bob] = [await newUser('ada'), await newUser('bob')]
    const tool = await make(ada, python('greet'))
    expect(tool.parameters).toEqual({
      type: 'object',
      properties: {
        city: { type: 'string', description: 'its name' },
        times: { type: 'integer', default: 1 },
      },
      required: ['city'],
      additionalProperties: false,
    })
    expect(tool).toMatchObject({
      ownerId: ada.id,
      description: 'Greet a city.',
      displayName: 'greet',
      enabled: true,
    })
    const path = `tools/${tool.id}`
    const match = { 'if-match': '"1"' }
    const args = { arguments: { city: 'Rome', times: 2 } }

    const missing = await as(bob)('GET', 'tools/tool_none')
    for (const [method, to, body] of [
      ['GET', path],
      ['PATCH', path, { description: 'x' }],
      ['DELETE', path],
      ['POST', `${path}/execute`, args],
      ['GET', `${path}/versions`],
      ['POST', `${path}/roll-back`, { version: 1 }],
    ] as const) {
      const hidden = await as(bob)(method, to, body, match)
      expect(hidden.body, `${method} ${to}`).toMatchObject({ status: 404, code: 'not-found' })
      expect(hidden.body.detail).toBe(missing.body.detail.replace('tool_none', tool.id))
    }
    expect((await as(bob)('GET', 'tools')).body.items).toEqual([])
    expect((await as(ada)('GET', 'tools')).body.items).toMatchObject([
      { id: tool.id, parameters: tool.parameters },
    ])

    const ran = await as(ada)('POST', `${path}/execute`, args)
    expect(ran).toMatchObject({
      status: 200,
      body: {
        answer: null,
        execution: { toolId: tool.id, toolVersion: 1, result: { result: 'Hello, Rome! Hello, Rome! ' } },
      },
    })
    const wrong = await as(ada)('POST', `${path}/execute`, { arguments: { city: 3 } })
    expect(wrong.body).toMatchObject({
      status: 422,
      problems: [{ path: 'arguments.city', problem: 'must be string' }],
    })

    const changed = await as(ada)('PATCH', path, { description: 'Greets', enabled: false }, match)
    expect(changed.body).toMatchObject({ version: 2, description: 'Greets', enabled: false })
    expect((await as(ada)('POST', `${path}/execute`, args)).body).toMatchObject({
      status: 409,
      code: 'tool-disabled',
    })
    expect(
      (await as(admin)('PATCH', path, { description: 'By the admin' }, { 'if-match': '"2"' })).status,
    ).toBe(200)
    expect((await as(ada)('DELETE', path)).status).toBe(204)
    expect((await as(ada)('GET', path)).status).toBe(404)
    expect((await as(ada)('GET', `executions/${ran.body.execution.id}`)).status).toBe(200)
    const other = await make(bob, python('greet'))
    expect((await as(admin)('DELETE', `tools/${other.id}`)).status).toBe(204)
  })

  test('a change must be based on the last version; each makes a version, and each can come back', async () => {
    const { as, newUser } = service()
    const ada = as(await newUser('versions'))
    const made = await ada('POST', 'tools', python('greet'))
    const path = `tools/${made.body.id}`
    expect(made.headers.get('etag')).toBe('"1"')
    expect((await ada('PATCH', path, { description: 'a' })).body).toMatchObject({
      status: 428,
      code: 'precondition-required',
    })
    const both = await Promise.all(
      ['a', 'b'].map((description) => ada('PATCH', path, { description }, { 'if-match': '"1"' })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
    expect((await ada('PATCH', path, { description: 'c' }, { 'if-match': '"1"' })).body.detail).toContain(
      'ETag is "2"',
    )
    const broken = await ada('PATCH', path, { definition: { code: 'def main(:' } }, { 'if-match': '"2"' })
    expect(broken.body).toMatchObject({
      status: 422,
      code: 'invalid-tool',
      problems: [{ path: 'definition.code' }],
    })
    const code = 'def main(n: int):\n    return n'
    const derived = await ada('PATCH', path, { definition: { code } }, { 'if-match': '"2"' })
    expect(derived.body.parameters.properties).toEqual({ n: { type: 'integer' } })
    const back = await ada(
      'POST',
      `${path}/roll-back`,
      { version: 1 },
      { 'if-match': derived.headers.get('etag') ?? '' },
    )
    expect(back.body).toMatchObject({ version: 4, description: 'Greet a city.', definition: { code: GREET } })
    const { body: versions } = await ada('GET', `${path}/versions?limit=3`)
    expect(versions).toMatchObject({
      items: [{ version: 4 }, { version: 3 }, { version: 2 }],
      nextCursor: '2',
    })
    expect((await ada('POST', 'tools', python('greet'))).body).toMatchObject({
      status: 409,
      code: 'conflict',
    })
  })

  test('a tool is refused that does not load, has no entry, or fails a test of its own', async () => {
    const { as, admin } = service()
    const problemsOf = async (definition: object, more: object = {}) =>
      (await as(admin)('POST', 'tools', { name: 'bad', kind: 'python', definition, ...more })).body.problems
    expect(await problemsOf({ code: 'x = 1' })).toEqual([
      { path: 'definition.entry', problem: 'there is no function "main", only: none' },
    ])
    expect(await problemsOf({ code: GREET, tests: [{ input: { city: 'X' }, expected: 'no' }] })).toEqual([
      { path: 'definition.tests[0]', problem: 'gave "Hello, X! ", expected "no"' },
    ])
    expect(
      await problemsOf(
        { code: GREET },
        { permissions: { allowNet: ['example.com'] }, limits: { timeoutSeconds: 500 } },
      ),
    ).toEqual([
      { path: 'limits.timeoutSeconds', problem: 'at most 20 here' },
      { path: 'permissions.allowNet', problem: 'the policy of this service does not grant "example.com"' },
    ])
    expect(await problemsOf({ code: GREET }, { auth: { type: 'bearer', token: SECRET } })).toMatchObject([
      { path: 'auth' },
    ])
    expect(
      await problemsOf({ code: GREET }, { parameters: { $ref: 'https://example.com/schema' } }),
    ).toMatchObject([{ path: 'parameters' }])
  })

  test('tools of the system are there for all, and changed by administrators alone', async () => {
    const { admin, as, keyOf, newUser } = service()
    const tool = await make(admin, { ...openapi('system_pets'), system: true })
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
    expect((await as(ada)('POST', 'tools', { ...openapi('mine'), system: true })).status).toBe(403)
    expect(
      (await as(ada)('POST', `tools/${tool.id}/execute`, { operation: 'teapot' })).body.answer,
    ).toMatchObject({ status: 418 })
    const reader = await keyOf(ada, ['tools:read'])
    expect((await as(reader)('POST', `tools/${tool.id}/execute`, { operation: 'teapot' })).status).toBe(403)
  })

  const openapi = (name: string, more: object = {}) => ({
    name,
    kind: 'openapi',
    definition: { document: document() },
    ...more,
  })

  test('POST operations send the body as body and the query as query, with the secrets of the tool', async () => {
    const { as, newUser } = service()
    const ada = await newUser('caller')
    const auth = { type: 'bearer', token: SECRET, headers: { 'X-Team': 'blue' } }
    const tool = await make(ada, openapi('pets', { auth }))
    seen = []
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
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/pets/a%2Fb%3Fc?dry=true&tags=x&tags=y%26z',
        body: '{"name":null,"parent":{"name":"Rex"}}',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${SECRET}`,
          'x-team': 'blue',
          'x-trace': '42',
          host: new URL(origin).host,
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
    const tool = await make(ada, openapi('sealed', { auth: { type: 'bearer', token: SECRET } }))
    expect(tool.auth).toEqual({ type: 'bearer' })
    const path = `tools/${tool.id}`
    await as(ada)('PATCH', path, { description: 'another' }, { 'if-match': '"1"' })
    const answers = await Promise.all(
      [path, 'tools', `${path}/versions`, 'audit'].map((to) => as(ada)('GET', to)),
    )
    const { db } = services.context
    const stored = [await db.select().from(tools), await db.select().from(toolVersions)]
    expect(JSON.stringify([answers, stored])).not.toContain(SECRET)
    seen = []
    await as(ada)('POST', `${path}/execute`, { operation: 'teapot' })
    expect(seen).toMatchObject([{ headers: { authorization: `Bearer ${SECRET}` } }])
  })

  test('private addresses are refused, also behind a redirect; answers have a ceiling', async () => {
    const { as, newUser } = service()
    const ada = await newUser('prober')
    const tool = await make(
      ada,
      openapi('probe', { auth: { type: 'api-key', in: 'header', name: 'X-Key', value: SECRET } }),
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
      const probe = await make(
        ada,
        openapi(`probe${index}`, { definition: { document: document(), baseUrl } }),
      )
      const refused = await call(probe.id, 'teapot')
      expect(refused, baseUrl).toMatchObject({
        status: 502,
        code: 'tool-call-failed',
        detail: expect.stringMatching(/denyNet|no such host that is public/),
      })
    }
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
    const foreign = document()
    foreign.components.schemas.Pet.properties.parent.$ref = 'file:///etc/passwd'
    expect(await problemsOf(foreign)).toMatchObject([
      { path: 'definition.document.components.schemas.Pet.properties.parent.$ref' },
    ])
    expect(await problemsOf({ ...document(), info: {} })).toContainEqual({
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
})

import { expect, test } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { greeting, makeTool } from './make-tool.ts'

const GREET = `def main(city: str, times: int = 1) -> str:
    """Greet a city.

    Args:
        city: its name
    """
    return f"Hello, {city}! " * times
`

/** Who may see, change and run tools, and what becomes of their versions. */
export function ownTools(service: () => TestService): void {
  test('the owner updates, executes and deletes the own tool; another user gets 404, an administrator may', async () => {
    const { admin, as, newUser } = service()
    const [ada, bob] = [await newUser('ada'), await newUser('bob')]
    const tool = await makeTool(service(), ada, greeting('greet'))
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
    const other = await makeTool(service(), bob, greeting('greet'))
    expect((await as(admin)('DELETE', `tools/${other.id}`)).status).toBe(204)
  })

  test('a change must be based on the last version; each makes a version, and each can come back', async () => {
    const { as, newUser } = service()
    const ada = as(await newUser('versions'))
    const made = await ada('POST', 'tools', greeting('greet'))
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
    expect((await ada('POST', 'tools', greeting('greet'))).body).toMatchObject({
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
    expect(
      await problemsOf({ code: GREET }, { auth: { type: 'bearer', token: 'a very secret token' } }),
    ).toMatchObject([{ path: 'auth' }])
    expect(
      await problemsOf({ code: GREET }, { parameters: { $ref: 'https://example.com/schema' } }),
    ).toMatchObject([{ path: 'parameters' }])
  })
}

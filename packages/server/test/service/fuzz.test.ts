import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeService } from './fixtures/service.ts'

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 400)

type Schema = Readonly<Record<string, unknown>>

/** Values of a schema, and often enough values of none. */
function valuesOf(
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string')
    return valuesOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas, depth)
  const inner = (each: unknown) => valuesOf(each as Schema, schemas, depth + 1)
  const wild = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary' }), fc.constant(null))
  return fc.oneof({ weight: 12, arbitrary: fitting() }, { weight: 1, arbitrary: wild })

  function fitting(): fc.Arbitrary<unknown> {
    if (schema.example !== undefined && depth < 2) return fc.oneof(fc.constant(schema.example), byType())
    return byType()
  }

  function byType(): fc.Arbitrary<unknown> {
    const choices = (schema.anyOf ?? schema.oneOf) as unknown[] | undefined
    if (choices !== undefined) return fc.oneof(...choices.map(inner))
    if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
    if (schema.const !== undefined) return fc.constant(schema.const)
    const [type] = [schema.type].flat()
    if (type === 'object') {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, unknown>)
      const required = (schema.required ?? []) as string[]
      const record = Object.fromEntries(properties.map(([name, each]) => [name, inner(each)]))
      return fc.record(record, { requiredKeys: required.filter((name) => name in record) })
    }
    if (type === 'array') return fc.array(inner(schema.items ?? {}), { maxLength: 3 })
    if (type === 'integer' || type === 'number')
      return fc.oneof(fc.integer({ min: -2, max: 200 }), fc.double({ noNaN: true }))
    if (type === 'boolean') return fc.boolean()
    if (type === 'null') return fc.constant(null)
    if (typeof schema.pattern === 'string') return fc.stringMatching(new RegExp(schema.pattern))
    return type === 'string'
      ? fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
      : fc.jsonValue({ maxDepth: 2 })
  }
}

describeService('every operation', (service) => {
  test(`answers ${REQUESTS} requests made of the description as the description says, and never with a 5xx`, async () => {
    const { app, as, newUser, send } = service()
    const document = (await (await app.request('/api/openapi.json')).json()) as {
      readonly paths: Record<string, unknown>
      readonly components: { readonly schemas: Record<string, Schema> }
    }
    const schemas = document.components.schemas
    const someone = await newUser('fuzzed')
    const tool = await as(someone)('POST', 'tools', {
      ...{ name: 'target', kind: 'openapi' },
      definition: {
        document: {
          openapi: '3.1.0',
          info: { title: 'T', version: '1' },
          paths: { '/a': { get: { responses: { 200: { description: 'ok' } } } } },
        },
        baseUrl: 'http://192.0.2.1',
      },
    })
    expect(tool.status).toBe(201)
    const session = await as(someone)('POST', 'sessions', {})
    expect(session.status).toBe(201)
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Schema>).map(([method, operation]) => ({
        path,
        method,
        operation,
      })),
    )
    // Not what would end the credential or the session, nor what starts a sandbox for each request, nor what has no end.
    const left = new Set([
      ...['signOut', 'createExecution', 'createBatch', 'deleteSession', 'metrics'],
      'followUsage',
    ])
    const wanted = operations.filter(({ operation }) => !left.has(String(operation.operationId)))
    const requestOf = ({ path, method, operation }: (typeof wanted)[number]) => {
      const parameters = ((operation.parameters ?? []) as Schema[]).map((each) => ({
        name: String(each.name),
        in: each.in,
        schema: each.schema as Schema,
      }))
      const content = (operation.requestBody as { content: Record<string, { schema: Schema }> } | undefined)
        ?.content
      const body = content?.['application/json']?.schema
      // Not "." and "..": these are no names but steps, which every client takes by itself.
      const wild = fc.stringMatching(/^[\w%.-]{1,20}$/).filter((name) => !/^(\.|%2e){1,2}$/i.test(name))
      const id = fc.oneof(
        fc.constant(path.startsWith('/api/v1/sessions') ? session.body.id : tool.body.id),
        wild,
      )
      return fc.record({
        path: fc
          .tuple(id, fc.oneof(fc.constant('a/b.txt'), wild))
          .map(([value, name]) =>
            path.replace('{id}', encodeURIComponent(value)).replace('{path}', encodeURIComponent(name)),
          ),
        bytes: content?.['application/octet-stream'] === undefined ? fc.constant(undefined) : fc.uint8Array(),
        query: fc.record(
          Object.fromEntries(
            parameters
              .filter((each) => each.in === 'query')
              .map((each) => [each.name, valuesOf(each.schema, schemas)]),
          ),
          { requiredKeys: [] },
        ),
        match: fc.constantFrom(undefined, '*', '"1"', 'nonsense'),
        body: body === undefined ? fc.constant(undefined) : valuesOf(body, schemas),
        method: fc.constant(method.toUpperCase()),
      })
    }
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(...wanted.map(requestOf)),
        async ({ path, query, match, body, bytes, method }) => {
          const search = Object.entries(query as Record<string, unknown>)
            .map(([name, value]) => `${name}=${encodeURIComponent(Buffer.from(String(value)).toString())}`)
            .join('&')
          const headers = { authorization: `Bearer ${someone.apiKey}`, ...(match && { 'if-match': match }) }
          const target = search === '' ? path : `${path}?${search}`
          // A tool that is Python is loaded in the sandbox, which is tested elsewhere.
          if (isPython(body)) return
          const answer = await send(method, target, { body, headers, ...(bytes && { bytes }) })
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
          const called = /\/(execute|preview)$/.test(path) && answer.status === 502
          if (!called)
            expect(
              answer.status,
              `${method} ${target} ${JSON.stringify(body)}: ${await answer.clone().text()}`,
            ).toBeLessThan(500)
        },
      ),
      { numRuns: REQUESTS },
    )
    // It is no test when everything is refused at the door.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 404, 422]))
  })
})

function isPython(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  return ('kind' in body && body.kind === 'python') || 'definition' in body
}

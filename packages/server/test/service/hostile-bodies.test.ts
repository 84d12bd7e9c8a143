import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_HELD_MS, watched } from '../../../../test/fixtures/event-loop.ts'
import { describeServiceOnce } from './fixtures/service.ts'

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const tool = (definition: string, more = '') =>
  `{"name":"deep","kind":"python","definition":{${definition}}${more}}`
const code = '"code":"def main(a=0): return a"'

let server: Server
let answer = ''
beforeAll(async () => {
  server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

describeServiceOnce('bodies of strangers', (service) => {
  test.each([
    ['globals', 'executions', `{"code":"1","globals":{"a":${deep(3000)}}}`, 'globals'],
    ['parameters', 'tools', tool(code, `,"parameters":${deep(3000)}`), 'parameters'],
    [
      'input of tests',
      'tools',
      tool(`${code},"tests":[{"input":{"a":${deep(3000)}},"expected":1}]`),
      'definition',
    ],
    [
      'expected of tests',
      'tools',
      tool(`${code},"tests":[{"input":{},"expected":${deep(3000)}}]`),
      'definition',
    ],
    [
      'an OpenAPI document',
      'tools',
      `{"name":"d","kind":"openapi","definition":{"document":{"a":${deep(3000)}}}}`,
      'definition',
    ],
    ['arguments', 'tools/tool_none/execute', `{"arguments":{"a":${deep(3000)}}}`, 'arguments'],
    ['nothing but nesting', 'executions', deep(500_000), ''],
  ])('%s that are nested thousands deep are refused with the limit', async (_, path, body, where) => {
    const refused = await service().as(service().admin)('POST', path, body, {
      'content-type': 'application/json',
    })
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'invalid-request',
        problems: [{ path: where, problem: 'is nested deeper than 100 levels' }],
      },
    })
  })

  test('a body of values without end is refused before it is parsed', async () => {
    const headers = { authorization: `Bearer ${service().admin.apiKey}`, 'content-type': 'application/json' }
    for (const values of ['[],'.repeat(300_000), '{},'.repeat(300_000)]) {
      const body = `{"code":"1","globals":{"a":[${values}0]}}`
      const { value, heldMs } = await watched(() => service().send('POST', 'executions', { body, headers }))
      expect(value.status).toBe(422)
      expect((await value.json()).problems).toMatchObject([
        { path: 'globals', problem: expect.stringContaining('too many values') },
      ])
      expect(heldMs).toBeLessThan(MAX_HELD_MS)
    }
  })

  test.each(['__proto__', '\\u005f_proto__'])('the name %s is refused wherever it stands', async (name) => {
    const ask = service().as(service().admin)
    for (const [path, body] of [
      ['executions', `{"code":"1","globals":{"${name}":1}}`],
      ['executions', `{"code":"1","globals":{"a":[{"${name}":{"b":1}}]}}`],
      ['tools/tool_none/execute', `{"arguments":{"${name}" : 1}}`],
    ] as const) {
      const refused = await ask('POST', path, body, { 'content-type': 'application/json' })
      expect(refused.status).toBe(422)
      expect(refused.body.detail).toContain('must not hold the name "__proto__"')
    }
    const fine = await ask('POST', 'executions', { code: 'a', globals: { a: '__proto__' } })
    expect(fine.body.result.result).toBe('__proto__')
  })

  test.each([
    ['{"code":"1","code":"2"}', 'code', 'must not be there twice'],
    [
      '{"code":"1","globals":{"a":1,"\\u0061":2}}',
      'globals',
      'must not hold the name "\\u0061" twice in one object',
    ],
  ])('a name that comes twice is refused: %s', async (body, path, problem) => {
    const ask = service().as(service().admin)
    const refused = await ask('POST', 'executions', body, { 'content-type': 'application/json' })
    expect(refused.body).toMatchObject({ status: 422, problems: [{ path, problem }] })
  })

  test('thousands of wrong names are one problem', async () => {
    const globals = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`${n}`, 1]))
    const refused = await service().as(service().admin)('POST', 'executions', { code: '1', globals })
    expect(refused.body).toMatchObject({
      status: 422,
      problems: [{ path: 'globals.0', problem: 'must be a Python identifier' }],
    })
  })

  test('what a service behind a tool answers is bounded like a body', async () => {
    const ask = service().as(service().admin)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const responses = { 200: { description: 'ok' } }
    const document = {
      ...{ openapi: '3.1.0', info: { title: 't', version: '1' }, servers: [{ url }] },
      paths: { '/': { get: { operationId: 'get', responses } } },
    }
    const made = await ask('POST', 'tools', { name: 'answers', kind: 'openapi', definition: { document } })
    expect(made.status).toBe(201)
    for (const [text, problem] of [
      [deep(200_000), 'nested deeper than 100 levels'],
      [`[${'[],'.repeat(300_000)}0]`, 'too many values'],
      ['{', 'is not'],
    ] as const) {
      answer = text
      const refused = await ask('POST', `tools/${made.body.id}/execute`, {})
      expect(refused.body).toMatchObject({ status: 502, code: 'tool-call-failed' })
      expect(refused.body.detail).toContain(problem)
    }
    answer = '{"__proto__":{"a":1}}'
    const fine = await ask('POST', `tools/${made.body.id}/execute`, {})
    expect(fine.status).toBe(200)
  })
})

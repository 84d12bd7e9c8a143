import type { Operation, OperationParameter } from 'agentchat-sandbox-base/gate/document-gate'
import { expect, test } from 'vitest'
import type { ToolAuth } from '../tool-content.ts'
import { buildRequest } from './build-request.ts'

const input = (name: string, more: Partial<OperationParameter> = {}): OperationParameter => ({
  ...{ name, argument: name, in: 'query', style: 'form', explode: true },
  ...more,
})
const operation = (more: Partial<Operation> = {}): Operation => ({
  ...{ id: 'x', method: 'POST', path: '/a', description: '', parameters: {}, inputs: [], body: null },
  ...more,
})
const build = (
  more: Partial<Operation>,
  args: Record<string, never> | Record<string, unknown>,
  auth: ToolAuth = { type: 'none' },
) => buildRequest(operation(more), { baseUrl: 'https://example.com/v1/', args: args as never, auth })

test.each([
  ['form', true, ['a', 'b'], 'q=a&q=b'],
  ['form', false, ['a', 'b'], 'q=a%2Cb'],
  ['spaceDelimited', false, ['a', 'b'], 'q=a+b'],
  ['pipeDelimited', false, ['a', 'b'], 'q=a%7Cb'],
  ['deepObject', true, { a: 1, b: true }, 'q%5Ba%5D=1&q%5Bb%5D=true'],
  ['form', true, { a: 1, b: 'x' }, 'a=1&b=x'],
  ['form', false, { a: 1 }, 'q=a%2C1'],
  ['form', true, 'a&b=c', 'q=a%26b%3Dc'],
] as const)('buildRequest() writes a query in style %s, explode %s', (style, explode, value, query) => {
  const { url } = build({ inputs: [input('q', { style, explode })] }, { q: value })
  expect(url.href).toBe(`https://example.com/v1/a?${query}`)
})

test('buildRequest() keeps each argument in its place of the path', () => {
  const path = { path: '/users/{id}/x', inputs: [input('id', { in: 'path', style: 'simple' })] }
  expect(build(path, { id: '../../admin?x#y' }).url.href).toBe(
    'https://example.com/v1/users/..%2F..%2Fadmin%3Fx%23y/x',
  )
  for (const id of ['', '.', '..']) expect(() => build(path, { id })).toThrow('in a path')
})

test('buildRequest() refuses a header that would be two', () => {
  const header = { inputs: [input('X-A', { in: 'header' })] }
  expect(build(header, { 'X-A': 'fine' }).headers['x-a']).toBe('fine')
  expect(() => build(header, { 'X-A': 'a\r\nX-B: c' })).toThrow('cannot hold')
})

test.each([
  [{ type: 'bearer', token: 't' }, { authorization: 'Bearer t' }, ''],
  [{ type: 'basic', username: 'ü', password: 'p' }, { authorization: 'Basic w7w6cA==' }, ''],
  [{ type: 'api-key', in: 'header', name: 'X-Key', value: 'k' }, { 'x-key': 'k' }, ''],
  [{ type: 'api-key', in: 'query', name: 'key', value: 'k' }, {}, '?key=k'],
  [{ type: 'none', headers: { 'X-Team': 'blue' } }, { 'x-team': 'blue' }, ''],
] as [ToolAuth, Record<string, string>, string][])(
  'buildRequest() shows who asks: %j',
  (auth, headers, query) => {
    const request = build({}, {}, auth)
    expect(request.headers).toEqual({ accept: expect.any(String), ...headers })
    expect(request.secretHeaders).toEqual(Object.keys(headers))
    expect(request.url.search).toBe(query)
  },
)

test('buildRequest() writes the body in its type', () => {
  const body = (contentType: string) => ({ body: { argument: 'body', contentType } })
  expect(build(body('application/json'), { body: { a: [1] } })).toMatchObject({ body: '{"a":[1]}' })
  expect(build(body('application/x-www-form-urlencoded'), { body: { a: 'x y', b: [1, 2] } }).body).toBe(
    'a=x+y&b=1&b=2',
  )
  expect(build(body('text/plain'), { body: 'text' })).toMatchObject({
    body: 'text',
    headers: { 'content-type': 'text/plain' },
  })
  expect(() => build(body('text/plain'), { body: { a: 1 } })).toThrow('must be a string')
  expect(build(body('application/json'), {}).body).toBeNull()
})

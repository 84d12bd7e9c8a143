import { expect, test } from 'vitest'
import { compileSchema } from './json-schema.ts'

test('compileSchema() tells what is wrong and where', () => {
  const check = compileSchema({
    type: 'object',
    properties: { list: { type: 'array', items: { enum: ['a', 'b'] } } },
    additionalProperties: false,
  })
  expect(check({ list: ['a'] })).toEqual([])
  expect(check({ list: ['a', 'c'] })).toEqual([
    { path: 'list.1', problem: 'must be equal to one of the allowed values: ["a","b"]' },
  ])
  expect(check({ more: 1 })).toEqual([{ path: '', problem: 'must NOT have additional properties "more"' }])
})

test('compileSchema() ends a pattern that would take ages', () => {
  const check = compileSchema({ type: 'string', pattern: '^(a+)+$' })
  expect(check('aaaa')).toEqual([])
  const began = performance.now()
  expect(check(`${'a'.repeat(40)}!`)).toEqual([
    { path: '', problem: expect.stringContaining('takes too long') },
  ])
  expect(performance.now() - began).toBeLessThan(2000)
  expect(check('aaaa')).toEqual([])
})

test('compileSchema() keeps several patterns apart', () => {
  const check = compileSchema({ properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } })
  expect([check({ a: 'a', b: 'b' }).length, check({ a: 'b' }).length, check({ b: 'a' }).length]).toEqual([
    0, 1, 1,
  ])
})

test.each([
  [{ $ref: 'https://example.com/schema.json' }],
  [{ type: 'nothing' }],
  [{ pattern: '(' }],
  [{ description: 'x'.repeat(300_000) }],
])('compileSchema() refuses a schema that cannot be used: %j', (schema) => {
  expect(() => compileSchema(schema as never)).toThrow()
})

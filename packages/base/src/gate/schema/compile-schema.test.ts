import { expect, test } from 'vitest'
import { compileSchema } from './compile-schema.ts'

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

test('compileSchema() counts unique items, in any order of their names', () => {
  const check = compileSchema({ uniqueItems: true })
  expect(check([1, '1', [1], { a: 1, b: [2] }, { a: 1, b: [3] }, null, true])).toEqual([])
  expect(
    check([
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]),
  ).toEqual([{ path: '', problem: expect.stringContaining('duplicate items') }])
  expect(compileSchema({ uniqueItems: false })([1, 1])).toEqual([])
  const many = Array.from({ length: 30_000 }, (_, n) => [n])
  const began = process.cpuUsage()
  expect(check(many)).toEqual([])
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(1000)
})

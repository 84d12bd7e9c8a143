import { compileSchema } from 'agentchat-sandbox-base/gate/schema/compile-schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainlyFits } from './plainly-fits.ts'

const type = fc.constantFrom('null', 'boolean', 'string', 'number', 'integer', 'array', 'object')
const limit = fc.integer({ min: -3, max: 3 })
const scalar = fc.oneof(fc.constantFrom(null, true, 'a', '', 1.5), limit)

const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1 })),
        enum: fc.uniqueArray(scalar, { minLength: 1 }),
        const: scalar,
        minimum: limit,
        maximum: limit,
        minItems: fc.nat(3),
        maxItems: fc.nat(3),
        required: fc.uniqueArray(fc.constantFrom('a', 'b', 'toString')),
        properties: fc.dictionary(fc.constantFrom('a', 'b', 'toString'), tie('schema'), { maxKeys: 3 }),
        additionalProperties: tie('schema'),
        items: tie('schema'),
        not: tie('schema'),
        minLength: fc.nat(2),
        title: fc.constant('x'),
      },
      { requiredKeys: [] },
    ),
  ),
}))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('value'), { maxKeys: 4 }),
  ),
}))

test('plainlyFits() lets nothing pass that the whole check refuses', () => {
  let passed = 0
  fc.assert(
    fc.property(fc.record({ schema, value }), ({ schema: inner, value: given }) => {
      const whole = { properties: { it: inner } }
      if (!plainlyFits(whole, { it: given })) return
      passed += 1
      expect(compileSchema(whole)({ it: given })).toEqual([])
    }),
    { numRuns: 300 },
  )
  expect(passed).toBeGreaterThan(10)
})

test.each<[string, unknown, unknown, boolean]>([
  [
    'an object with its properties',
    { type: 'object', properties: { n: { type: 'integer' } } },
    { n: 1 },
    true,
  ],
  ['a number that is no integer', { type: 'integer' }, 1.5, false],
  ['what the schema does not name', { properties: {}, additionalProperties: false }, { n: 1 }, false],
  ['a keyword that it does not know', { pattern: '(a+)+$' }, 'a', false],
  ['a property of every object', { required: ['toString'] }, {}, false],
  ['a schema that is none', null, 1, false],
])('plainlyFits() of %s', (_what, of, given, expected) => {
  expect(plainlyFits(of, given)).toBe(expected)
})

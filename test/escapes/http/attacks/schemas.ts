import { type Attack, attacksOf, entries, listed, nested, REFUSED } from '../attack.ts'
import type { Answer, Caller } from '../caller.ts'

const TOOL = { kind: 'python', definition: { code: 'def main(**given):\n    return len(given)\n' } }
/** What a call may be answered with that was refused, or done. */
const CALLED = [200, 201, 404, 408, 429, 503, ...REFUSED]

/** A tool with this schema is made, or the schema is given to one that is there; then it is called. */
function schema(make: () => unknown, args: () => string = () => '{}'): Omit<Attack, 'id'> {
  return {
    answers: CALLED,
    run: async ({ attacker, tool }) => {
      const body = `{"parameters":${text(make())}}`
      let { id, etag } = await tool(TOOL)
      const change = () => attacker.send('PATCH', `tools/${id}`, { body, headers: { 'if-match': etag } })
      let changed = await change()
      // Another attack on the same tool was faster.
      for (; changed.status === 412; changed = await change()) ({ id, etag } = await tool(TOOL))
      return changed.status === 200 ? [changed, await called(attacker, id, args())] : changed
    },
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

async function called(attacker: Caller, id: string, args: string): Promise<Answer> {
  return await attacker.send('POST', `tools/${id}/execute`, { body: `{"arguments":${args}}` })
}

/** Steps that each refer twice to the next one. */
const doubling = (steps: number, keyword: string) => ({
  $ref: '#/$defs/s0',
  $defs: {
    ...entries(steps, (n) => [
      `s${n}`,
      { [keyword]: [{ $ref: `#/$defs/s${n + 1}` }, { $ref: `#/$defs/s${n + 1}` }] },
    ]),
    [`s${steps}`]: { type: keyword === 'allOf' ? 'object' : 'string' },
  },
})

const property = (inside: unknown) => ({ type: 'object', properties: { a: inside } })
const given = (value: unknown) => () => JSON.stringify({ a: value })
const FORMATS = [
  ...['date-time', 'email', 'idn-email', 'hostname', 'idn-hostname', 'ipv4', 'ipv6', 'uri', 'uri-template'],
  ...['iri', 'json-pointer', 'regex', 'uuid', 'duration', 'time'],
]
const REDOS = '^(([a-z])+.)+[A-Z]([a-z])+$'

/** JSON Schemas of arguments, and arguments for them. */
export const schemas = attacksOf('schema', {
  'allof-doubling': schema(() => doubling(31, 'allOf')),
  'allof-doubling-short': schema(() => doubling(17, 'allOf')),
  'anyof-doubling': schema(() => doubling(31, 'anyOf')),
  'oneof-doubling': schema(() => doubling(24, 'oneOf')),
  'not-doubling': schema(() => ({
    $ref: '#/$defs/s0',
    $defs: {
      ...entries(26, (n) => [
        `s${n}`,
        { not: { $ref: `#/$defs/s${n + 1}` }, if: { $ref: `#/$defs/s${n + 1}` } },
      ]),
      s26: { type: 'string' },
    },
  })),
  'properties-doubling': schema(
    () => ({
      $ref: '#/$defs/s',
      $defs: { s: { allOf: [property({ $ref: '#/$defs/s' }), property({ $ref: '#/$defs/s' })] } },
    }),
    () => nested(30, '{"a":', '}', '{}'),
  ),
  'reference-to-itself': schema(() => ({ $ref: '#' })),
  'references-in-a-circle': schema(() => ({
    allOf: [{ $ref: '#/$defs/a' }],
    $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { anyOf: [{ $ref: '#/$defs/a' }] } },
  })),
  'reference-for-each-level': schema(
    () => property({ $ref: '#' }),
    () => nested(50_000, '{"a":', '}', '{}'),
  ),
  'reference-elsewhere': schema(() => ({ $ref: 'http://127.0.0.1:1/schema.json' })),
  'reference-to-a-file': schema(() => ({ $ref: 'file:///etc/passwd' })),
  'dynamic-references': schema(() => ({
    $dynamicAnchor: 'n',
    allOf: [{ $dynamicRef: '#n' }, { $dynamicRef: '#n' }],
  })),
  'many-references': schema(() => ({
    allOf: Array.from({ length: 3000 }, (_, n) => ({ $ref: `#/$defs/d${n}` })),
    $defs: entries(3000, (n) => [`d${n}`, { $ref: `#/$defs/d${(n + 1) % 3000}` }]),
  })),
  'unique-items': schema(
    () => property({ type: 'array', uniqueItems: true }),
    () => `{"a":[${listed(30_000, (n) => `[${n}]`)}]}`,
  ),
  'unique-items-of-objects': schema(
    () => property({ uniqueItems: true }),
    () => `{"a":[${listed(20_000, (n) => `{"k":{"v":${n}}}`)}]}`,
  ),
  contains: schema(
    () => property({ contains: { uniqueItems: true, minItems: 999 }, minContains: 1e9 }),
    given(Array(20_000).fill([1, 2, 3])),
  ),
  pattern: schema(() => property({ pattern: REDOS }), given('a'.repeat(40))),
  'pattern-of-properties': schema(
    () => ({ patternProperties: { [REDOS]: {} } }),
    () => JSON.stringify({ ['a'.repeat(40)]: 1 }),
  ),
  'many-patterns': schema(
    () => property({ anyOf: Array(200).fill({ pattern: REDOS }) }),
    given('a'.repeat(40)),
  ),
  'pattern-for-each-item': schema(
    () => property({ items: { pattern: REDOS } }),
    given(Array(2000).fill('a'.repeat(25))),
  ),
  'pattern-of-counts': schema(
    () => property({ pattern: `${'(a{1,99}){1,99}'.repeat(20)}$` }),
    given('a'.repeat(5000)),
  ),
  'pattern-that-is-huge': schema(() => property({ pattern: '(a|b)?'.repeat(30_000) }), given('c')),
  'pattern-that-is-deep': schema(() => property({ pattern: nested(50_000, '(', ')', 'a') }), given('c')),
  'enormous-enum': schema(() => property({ enum: Array.from({ length: 40_000 }, (_, n) => n) }), given('x')),
  'enum-of-objects': schema(
    () => property({ enum: Array.from({ length: 9000 }, (_, n) => ({ k: [n] })) }),
    given({ k: [-1] }),
  ),
  'enum-for-each-item': schema(
    () => property({ items: { enum: Array.from({ length: 9000 }, (_, n) => [n] as const) } }),
    given(Array(5000).fill([-1])),
  ),
  'deep-constant': schema(() => `{"properties":{"a":{"const":${nested(50_000)}}}}`),
  'deep-properties': schema(() => nested(5000, '{"properties":{"a":', '}}', '{}')),
  'deep-not': schema(() => nested(20_000, '{"not":', '}', '{}')),
  'many-properties': schema(() => ({ properties: entries(10_000, (n) => [`p${n}`, { type: 'string' }]) })),
  'many-required': schema(() => ({ required: Array.from({ length: 20_000 }, (_, n) => `r${n}`) })),
  'many-branches': schema(() => ({
    oneOf: Array.from({ length: 3000 }, (_, n) => ({ properties: { a: { const: n } }, required: ['a'] })),
  })),
  conditions: schema(() => nested(400, '{"if":{"required":["a"]},"then":{},"else":', '}', '{}')),
  'unevaluated-properties': schema(
    () => ({ allOf: Array(300).fill(property({})), unevaluatedProperties: false }),
    () => `{${listed(5000, (n) => `"k${n}":0`)}}`,
  ),
  'dependent-schemas': schema(
    () => ({ dependentSchemas: entries(2000, (n) => [`k${n}`, { required: [`k${n + 1}`] }]) }),
    () => `{${listed(2001, (n) => `"k${n}":0`)}}`,
  ),
  'property-names': schema(
    () => ({ propertyNames: { pattern: REDOS } }),
    () => `{${listed(5000, (n) => `"${'a'.repeat(20)}${n}":0`)}}`,
  ),
  formats: schema(
    () => property({ allOf: FORMATS.map((format) => ({ format })) }),
    given(`${'a.'.repeat(20_000)}@${'-'.repeat(20_000)}:[${'0:'.repeat(20_000)}`),
  ),
  'pattern-of-classes': schema(
    () => property({ pattern: '^(\\p{L}+\\p{L}*)*$|([^]*)*!|(?<!(a+)+b)c|(x+x+)+y' }),
    given(`${'a'.repeat(5000)}${'x'.repeat(5000)}`),
  ),
  'references-of-one-another': schema(() => ({
    $ref: '#/$defs/a0',
    $defs: entries(300, (n) => [
      `a${n}`,
      { anyOf: [{ $ref: `#/$defs/a${(n + 1) % 300}` }, { type: 'string' }] },
    ]),
  })),
  'references-to-anchors': schema(() => ({
    allOf: Array.from({ length: 500 }, (_, n) => ({ $ref: `#n${n}` })),
    $defs: entries(500, (n) => [`d${n}`, { $anchor: `n${n}`, $ref: `#n${(n * 7) % 500}` }]),
  })),
  'prefix-items': schema(
    () => property({ prefixItems: Array(5000).fill({ type: 'string' }), items: false }),
    given(Array(6000).fill('x')),
  ),
  'wrong-numbers': schema(
    () => property({ multipleOf: 1e-300, maxLength: 1e308, minItems: -1 }),
    given(1e308),
  ),
  'wrong-types': schema(() => ({ type: 'nothing', properties: 5, $defs: [], $id: 7, $schema: 'x:y' })),
  'wrong-everywhere': schema(() => ({ allOf: Array(20_000).fill({ type: 'nothing' }) })),
  'foreign-meta-schema': schema(() => ({ $schema: 'http://127.0.0.1:1/meta', $id: 'http://127.0.0.1:1/' })),
  'names-of-prototypes': schema(
    () => '{"properties":{"__proto__":{"type":"string"},"constructor":{},"hasOwnProperty":{}}}',
    () => '{"__proto__":1,"constructor":2,"hasOwnProperty":3}',
  ),
  'names-of-code': schema(() => ({ properties: { '"];process.exit(1);["': { type: 'string' } } })),
})

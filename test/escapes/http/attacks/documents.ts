import { type Attack, attacksOf, entries, listed, nested, REFUSED } from '../attack.ts'

const MIB = 2 ** 20
/** A document that is whole may be made a tool. */
const ANSWERS = [201, 408, 409, 429, 503, ...REFUSED]
const HEAD = 'openapi: 3.1.0\ninfo: {title: T, version: "1"}\nservers: [{url: "https://example.com"}]\n'
const PATHS = 'paths: {/a: {get: {operationId: a, responses: {"200": {description: ok}}}}}\n'
const operation = (id: string, more = {}) => ({
  operationId: id,
  responses: { 200: { description: 'ok' } },
  ...more,
})
const whole = (more: object, paths: object = { '/a': { get: operation('a') } }) => ({
  ...{
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://example.com' }],
    paths,
  },
  ...more,
})
const body = (schema: object) => ({
  '/a': { post: operation('a', { requestBody: { content: { 'application/json': { schema } } } }) },
})
const schemas = (components: object, first = 's0') =>
  whole({ components: { schemas: components } }, body({ $ref: `#/components/schemas/${first}` }))

let count = 0
function document(make: () => unknown): Omit<Attack, 'id'> {
  return {
    answers: ANSWERS,
    run: async ({ attacker }) => {
      count += 1
      const json = { name: `d${count}`, kind: 'openapi', definition: { document: make() } }
      const made = await attacker.send('POST', 'tools', { json })
      if (made.status !== 201) return made
      // Room for the next one.
      await attacker.send('DELETE', `tools/${JSON.parse(made.text).id}`)
      return made
    },
  }
}

/** Twice: the process of the service died of the second one. */
function twice(make: () => string): Omit<Attack, 'id'> {
  const once = document(make)
  return { ...once, run: async (world) => [await once.run(world), await once.run(world)].flat() }
}

const doubling = (steps: number) =>
  schemas({
    ...entries(steps, (n) => [
      `s${n}`,
      {
        properties: {
          a: { $ref: `#/components/schemas/s${n + 1}` },
          b: { $ref: `#/components/schemas/s${n + 1}` },
        },
      },
    ]),
    [`s${steps}`]: { type: 'string' },
  })

const chain = (length: number) =>
  schemas({
    ...entries(length, (n) => [`s${n}`, { $ref: `#/components/schemas/s${n + 1}` }]),
    [`s${length}`]: { type: 'string' },
  })

const circle = schemas({
  s0: {
    properties: {
      next: { $ref: '#/components/schemas/s1' },
      all: { items: { $ref: '#/components/schemas/s0' } },
    },
  },
  s1: { allOf: [{ $ref: '#/components/schemas/s0' }, { $ref: '#/components/schemas/s1' }] },
})

const laughs = `${HEAD}x-a: &a0 [1,2,3,4,5,6,7,8,9]\n${Array.from(
  { length: 12 },
  (_, n) => `x-b${n}: &a${n + 1} [${listed(9, () => `*a${n}`)}]`,
).join('\n')}\n${PATHS}`

/** Text of YAML: what its parser takes long for, or dies of. */
export const yaml = attacksOf('yaml', {
  'flow-deep': twice(() => '['.repeat(1000)),
  'flow-deep-closed': twice(() => `${HEAD}x: ${nested(2000)}\n${PATHS}`),
  'flow-maps-deep': twice(() => '{a: '.repeat(2000)),
  'block-deep': twice(() => Array.from({ length: 1400 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')),
  'dashes-deep': twice(() => '- '.repeat(5000)),
  'keys-deep': twice(() => '? '.repeat(5000)),
  'mixed-deep': twice(() => '- ? [{a: '.repeat(1000)),
  'flat-map': document(() => HEAD + Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n')),
  'flat-flow-map': document(() => `${HEAD}x: {${listed(90_000, (n) => `k${n}: 1`)}}`),
  'flat-list': document(() => `${HEAD}x:\n${'- 1\n'.repeat(200_000)}`),
  'same-keys': document(() => HEAD + 'k: 1\n'.repeat(100_000)),
  laughs: document(() => laughs),
  'alias-of-itself': document(() => `${HEAD}x: &a [*a, *a]\n${PATHS}`),
  'aliases-by-the-thousand': document(() => `${HEAD}x: &a 1\ny: [${listed(100_000, () => '*a')}]\n${PATHS}`),
  'anchors-by-the-thousand': document(() => `${HEAD}x: [${listed(50_000, (n) => `&a${n} 1`)}]\n${PATHS}`),
  'merged-keys': document(
    () =>
      `${HEAD}${Array.from({ length: 3000 }, (_, n) => `x${n}: &m${n}\n  <<: *m${n - 1}\n  k${n}: 1`).join('\n')}\n`,
  ),
  'documents-by-the-thousand': document(() => '---\na: 1\n'.repeat(90_000)),
  tags: document(
    () =>
      `${HEAD}x: !!js/function "process.exit()"\ny: !<tag:yaml.org,2002:binary> "${'A'.repeat(90_000)}"\n`,
  ),
  directives: document(() => '%TAG ! tag:x,2000:\n'.repeat(50_000)),
  errors: document(() => ': : :\n\t- ]\n'.repeat(80_000)),
  'unclosed-quote': document(() => `x: "${'\\'.repeat(MIB - 10)}`),
  'folded-text': document(() => `x: >\n${'  a\n\n'.repeat(150_000)}`),
  'only-comments': document(() => '#\n'.repeat(MIB / 2)),
  'only-spaces': document(() => ' '.repeat(MIB)),
  'only-line-ends': document(() => '\n'.repeat(MIB)),
  'numbers-and-dates': document(() => `${HEAD}x: [${listed(60_000, () => '0o7777, 1e999')}]\n`),
  'merged-lists': document(() => `${HEAD}a: &a {b: 1}\nx:\n  <<: [${listed(5000, () => '*a')}]\n${PATHS}`),
  'long-key': document(() => `${HEAD}${'k'.repeat(900_000)}: 1\n${PATHS}`),
  'far-indented': document(() => `${HEAD}x: |${9}\n${`${' '.repeat(5000)}a\n`.repeat(100)}${PATHS}`),
  'other-line-ends': document(() => 'a: 1\r'.repeat(150_000)),
  'quotes-of-quotes': document(() => `x: '${"''".repeat(400_000)}'`),
  'plain-text-of-lines': document(() => `x: a\n${'  b\n'.repeat(200_000)}`),
  'binary-and-times': document(
    () =>
      `${HEAD}x: !!binary ${'A'.repeat(400_000)}\ny: [${listed(20_000, () => '2001-12-14t21:59:43.10-05:00')}]\n`,
  ),
  'no-text': document(() => `${HEAD}x: "\\ud800\\u0000"\n${PATHS}`),
  'json-deep': twice(() => nested(400_000)),
  'json-almost': document(() => `${JSON.stringify(whole({}))},`),
  'json-wide': document(() => JSON.stringify(whole({ 'x-w': Array(200_000).fill([]) }))),
  'too-long': document(() => 'a'.repeat(MIB + 1)),
})

/** Documents of OpenAPI, as JSON: what unfolds, leads in circles, or is many. */
export const documents = attacksOf('document', {
  deep: document(() => JSON.parse(`{"openapi":"3.1.0","x":${nested(4000)}}`)),
  'references-doubling': document(() => doubling(22)),
  'references-doubling-further': document(() => doubling(60)),
  'references-in-a-chain': document(() => chain(3000)),
  'references-in-circles': document(() => circle),
  'reference-to-itself': document(() => schemas({ s0: { $ref: '#/components/schemas/s0' } })),
  'references-of-paths': document(() =>
    whole({}, { '/a': { $ref: '#/paths/~1b' }, '/b': { $ref: '#/paths/~1a' } }),
  ),
  'references-elsewhere': document(() =>
    schemas(entries(5000, (n) => [`s${n}`, { $ref: `http://127.0.0.1:1/${n}.json` }])),
  ),
  'references-to-files': document(() => schemas({ s0: { $ref: 'file:///etc/passwd' } })),
  'references-through-prototypes': document(() => schemas({ s0: { $ref: '#/__proto__/constructor' } })),
  'references-of-signs': document(() => schemas({ s0: { $ref: `#/${'~1~0'.repeat(100_000)}` } })),
  operations: document(() =>
    whole(
      {},
      entries(10_000, (n) => [`/a${n}`, { get: operation(`o${n}`) }]),
    ),
  ),
  'operations-of-one-name': document(() =>
    whole(
      {},
      entries(3000, (n) => [`/a${n}`, { get: operation('same') }]),
    ),
  ),
  'operations-and-schemas': document(() =>
    whole(
      {
        components: {
          schemas: entries(300, (n) => [
            `s${n}`,
            { items: { $ref: `#/components/schemas/s${(n + 1) % 300}` } },
          ]),
        },
      },
      entries(290, (n) => [
        `/a${n}`,
        {
          post: operation(`o${n}`, {
            requestBody: {
              content: { 'application/json': { schema: { $ref: `#/components/schemas/s${n}` } } },
            },
          }),
        },
      ]),
    ),
  ),
  parameters: document(() =>
    whole(
      {},
      {
        '/a': {
          get: operation('a', {
            parameters: Array.from({ length: 10_000 }, (_, n) => ({
              name: `p${n}`,
              in: 'query',
              schema: {},
            })),
          }),
        },
      },
    ),
  ),
  'path-of-braces': document(() => whole({}, { [`/${'{'.repeat(50_000)}`]: { get: operation('a') } })),
  'path-of-names': document(() => whole({}, { [`/${'{a}'.repeat(20_000)}`]: { get: operation('a') } })),
  'server-of-braces': document(() => whole({ servers: [{ url: `https://${'{a'.repeat(50_000)}` }] })),
  'server-of-variables': document(() =>
    whole({
      servers: [
        { url: `https://a/${'{v}'.repeat(10_000)}`, variables: { v: { default: 'x'.repeat(10_000) } } },
      ],
    }),
  ),
  'enormous-enum': document(() => whole({}, body({ enum: Array.from({ length: 100_000 }, (_, n) => n) }))),
  patterns: document(() => whole({}, body({ pattern: '(a+)+$', format: 'x'.repeat(100_000) }))),
  'allof-wide': document(() => whole({}, body({ allOf: Array(20_000).fill({ type: 'object' }) }))),
  'wrong-everywhere': document(() =>
    whole(
      {},
      entries(2000, (n) => [`a${n}`, { get: 5 }]),
    ),
  ),
  callbacks: document(() =>
    whole(
      {},
      {
        '/a': { get: operation('a', { callbacks: nestedCallbacks(30) }) },
      },
    ),
  ),
  descriptions: document(() =>
    whole({ info: { title: 'T', version: '1', description: 'd'.repeat(MIB - 500) } }),
  ),
  'another-version': document(() => ({ swagger: '2.0', openapi: '9'.repeat(100_000), paths: {} })),
  'names-of-prototypes': document(() => ({
    ...whole({}),
    ...JSON.parse('{"__proto__":{"paths":1},"constructor":2}'),
  })),
})

function nestedCallbacks(depth: number): object {
  return depth === 0
    ? {}
    : { c: { '/x': { post: operation(`c${depth}`, { callbacks: nestedCallbacks(depth - 1) }) } } }
}

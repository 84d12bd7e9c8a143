import { afterAll, expect, test } from 'vitest'
import { MAX_HELD_MS, watched } from '../../../../test/fixtures/event-loop.ts'
import { DocumentError, DocumentGate } from './document-gate.ts'

const gate = new DocumentGate()
afterAll(() => gate[Symbol.dispose]())

const good = {
  openapi: '3.0.3',
  info: { title: 't', version: '1' },
  paths: { '/': { get: { operationId: 'get', responses: { 200: { description: 'ok' } } } } },
}
const doubling = Object.fromEntries(
  Array.from({ length: 23 }, (_, index) => {
    const next = { $ref: `#/components/schemas/S${index + 1}` }
    return [
      `S${index}`,
      index === 22 ? { type: 'object' } : { type: 'object', properties: { a: next, b: next } },
    ]
  }),
)

const problemsOf = async (source: Parameters<DocumentGate['read']>[1]) => {
  const refused = await gate.read('ada', source).then(
    () => null,
    (error: unknown) => error,
  )
  return refused instanceof DocumentError ? refused.problems : refused
}

test('DocumentGate refuses U+0000, in a text and in a name, and says where', async () => {
  const inText = { ...good, info: { title: 'a\0b', version: '1' } }
  expect(await problemsOf(inText)).toMatchObject([{ path: 'info.title', problem: 'must not hold U+0000' }])
  expect(await problemsOf(JSON.stringify(inText))).toMatchObject([{ path: 'info.title' }])
  const inName = { ...good, info: { ...good.info, 'x-\0': 1 } }
  expect(await problemsOf(inName)).toMatchObject([
    { path: 'info', problem: 'must not hold a name with U+0000' },
  ])
})

test('DocumentGate reads JSON and YAML, as text or read already', async () => {
  const yaml =
    'openapi: 3.0.3\ninfo: {title: t, version: "1"}\npaths:\n  /:\n    get:\n      operationId: get\n      responses: {"200": {description: ok}}\n'
  for (const source of [good, JSON.stringify(good), yaml]) {
    const { document, operations } = await gate.read('ada', source)
    expect(document).toEqual(good)
    expect(operations).toMatchObject([{ id: 'get', method: 'GET', path: '/', inputs: [], body: null }])
  }
  expect(gate.pids).toHaveLength(1)
})

test.each<[string, Parameters<DocumentGate['read']>[1], RegExp]>([
  ['brackets without end', '['.repeat(1000), /nested more than 100 deep/],
  ['more brackets than a stack holds', '['.repeat(500_000), /nested more than 100 deep/],
  ['lists in lists', '- '.repeat(50_000), /nested more than 100 deep/],
  ['JSON that is deep', `${'['.repeat(300_000)}${']'.repeat(300_000)}`, /nested deeper than 100/],
  [
    'a map of 90,000 lines',
    Array.from({ length: 90_000 }, (_, n) => `k${n}: 1`).join('\n'),
    /too many values|takes more than 10 s/,
  ],
  [
    'a map of 20,000 lines',
    Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n'),
    /must be 3.0 or 3.1/,
  ],
  ['a name twice', 'a: 1\nb: 2\na: 3\n', /Map keys must be unique/],
  [
    'schemas that double',
    { ...good, components: { schemas: doubling } },
    /references that lead to more than/,
  ],
  [
    'a laugh',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`)}]`).join('\n')}`,
    /alias|longer than|memory/i,
  ],
  ['the name __proto__', '__proto__: {a: 1}\nopenapi: 3.0.3\n', /__proto__/],
  ['an anchor that holds itself', 'a: &a [*a]\n', /cannot be read/],
])('DocumentGate refuses %s and lives on', async (_, source, problem) => {
  const { value: problems, heldMs } = await watched(() => problemsOf(source))
  expect(problems).toEqual(
    expect.arrayContaining([expect.objectContaining({ problem: expect.stringMatching(problem) })]),
  )
  expect(heldMs).toBeLessThan(MAX_HELD_MS)
  expect((await gate.read('bob', good)).operations).toHaveLength(1)
})

test('DocumentGate says in which line a text is wrong', async () => {
  expect(await problemsOf('a: 1\n  b: [\n')).toEqual(
    expect.arrayContaining([expect.objectContaining({ path: 'line 3, column 1' })]),
  )
})

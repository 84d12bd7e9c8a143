import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonScan } from './json-scan.ts'
import { BODY_BOUNDS, checkJsonText, JsonBoundsError, parseJson } from './json-text.ts'

const WIDE = { maxDepth: 50, maxWork: 1e9, plainNames: false }
const problemOf = (text: string, bounds = BODY_BOUNDS) => {
  try {
    checkJsonText(text, bounds)
    return null
  } catch (error) {
    return error instanceof JsonBoundsError ? { path: error.path, problem: error.problem } : error
  }
}

test('parseJson() gives what JSON.parse gives, however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 20 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parseJson(text, WIDE)).toEqual(JSON.parse(text))
    }),
  )
})

test('checkJsonText() knows the depth of every text', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Object.values(value).reduce<number>((most, each) => Math.max(most, depthOf(each)), 0)
      : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 0, max: 6 }), (value, maxDepth) => {
      const refused = problemOf(JSON.stringify(value), { ...WIDE, maxDepth })
      expect(refused !== null).toBe(depthOf(value) > maxDepth)
    }),
  )
})

test('checkJsonText() takes time in proportion to any text', () => {
  const pieces = fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    'a',
    '\\u005f',
    '__proto__',
    ' ',
    '1',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 12 }), (parts) => {
      const text = parts.join('').repeat(20_000)
      const before = process.cpuUsage()
      problemOf(text, { maxDepth: 1e9, maxWork: 1e9, plainNames: true })
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
    }),
    { numRuns: 50 },
  )
})

test.each<[string, object | null]>([
  ['{"a":"__proto__","b":["__proto__"]}', null],
  ['"__proto__"', null],
  ['{"__proto__":1}', { path: '', problem: 'must not hold the name "__proto__"' }],
  ['{"a":[{"__prot\\u006f__" : 1}]}', { path: '', problem: 'must not hold the name "__proto__"' }],
  ['{"a\\"[[[":"\\\\"}', null],
  [`{"list":${'['.repeat(100)}`, { path: 'list', problem: 'is nested deeper than 100 levels' }],
  [`{"list":${'['.repeat(99)}`, null],
  [`"${'['.repeat(5000)}"`, null],
])('checkJsonText() on %s', (text, expected) => {
  expect(problemOf(text)).toEqual(expected)
})

test('checkJsonText() bounds what parsing costs', () => {
  expect(problemOf(JSON.stringify(Array(500_000).fill(1)))).toBeNull()
  expect(problemOf(JSON.stringify(Array(100_000).fill({ a: 1 })))).toBeNull()
  for (const value of [
    Array(200_000).fill([]),
    Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [n, 1])),
  ])
    expect(problemOf(JSON.stringify(value))).toMatchObject({
      problem: expect.stringContaining('too many values'),
    })
})

test('checkJsonText() gives numbers, strings and repeated names their price', () => {
  const many = (count: number, piece: string) => `{"a":[${Array(count).fill(piece).join()}]}`
  for (const text of [
    many(430_000, '1.5e-300'),
    many(560_000, '1e9999'),
    many(200_000, '9007199254740993.0'),
    many(300_000, '"abcde12345"'),
    `{"globals":{${Array(650_000).fill('"a":0').join()}}}`,
    `"${'\\u0041'.repeat(2_000_000)}"`,
  ])
    expect(problemOf(text)).toMatchObject({ problem: expect.stringContaining('too many values') })
  for (const text of [
    many(200_000, '0.8414709848078965'),
    many(150_000, '"abcde12345"'),
    `"${'s'.repeat(4_000_000)}"`,
    `"${'line\\n'.repeat(700_000)}"`,
  ])
    expect(problemOf(text)).toBeNull()
})

test('checkJsonText() refuses a number that Python would not read', () => {
  expect(problemOf(`{"a":${'9'.repeat(4300)}}`)).toBeNull()
  for (const number of ['9'.repeat(6000), `-0.${'0'.repeat(4_000_000)}1`, `1e${'9'.repeat(6000)}`])
    expect(problemOf(`{"a":[${number}]}`)).toEqual({
      path: 'a',
      problem: 'holds a number of more than 5000 characters',
    })
})

test('JsonScan finds the same in pieces as in the whole', () => {
  const pieces = fc.constantFrom('"', '\\', '[', ']', '{', '}', ':', ',', 'a', '__proto__', '1', '1e9', ' ')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (parts, length) => {
      const text = parts.join('')
      const bounds = { maxDepth: 4, maxWork: 300, plainNames: true }
      const scan = new JsonScan(bounds)
      let problem: unknown = null
      try {
        for (let index = 0; index < text.length; index += length) scan.read(text.slice(index, index + length))
      } catch (error) {
        problem = error instanceof JsonBoundsError ? { path: error.path, problem: error.problem } : error
      }
      // A number that is cut in two may cost a little more.
      if (problem === null || !text.includes('1')) expect(problem).toEqual(problemOf(text, bounds))
    }),
    { numRuns: 2000 },
  )
})

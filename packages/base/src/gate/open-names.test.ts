import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonScan } from './json-scan.ts'
import { BODY_BOUNDS, JsonBoundsError } from './json-text.ts'

const UNIQUE = { ...BODY_BOUNDS, maxWork: 1e9, uniqueNames: true }

/** What is wrong with a text, which comes in pieces of so many bytes. */
function problemOf(text: string, { of = 'text', size = 1e9 }: { of?: 'text' | 'bytes'; size?: number } = {}) {
  const scan = new JsonScan(UNIQUE, of)
  const whole = of === 'text' ? text : Buffer.from(text, 'utf8').toString('latin1')
  try {
    for (let at = 0; at < whole.length; at += size) scan.read(whole.slice(at, at + size))
    return null
  } catch (error) {
    return error instanceof JsonBoundsError ? `${error.path}: ${error.problem}` : error
  }
}

test.each([
  ['{"code":"1","code":"2"}', 'code: must not be there twice'],
  ['{"code":"1","c\\u006fde":"2"}', 'c\\u006fde: must not be there twice'],
  ['{"a":{"b":1,"c":[{"b":2}],"b":3}}', 'a: must not hold the name "b" twice in one object'],
  ['[{"b":1},{"b":1,"d":{},"b":1}]', ': must not hold the name "b" twice in one object'],
  [
    `{"a":{${Array.from({ length: 20 }, (_, n) => `"n${n}":1,`).join('')}"n3":1}}`,
    'a: must not hold the name "n3" twice in one object',
  ],
  [
    `{"a":{"${'x'.repeat(5000)}1":1,"${'x'.repeat(5000)}1":1}}`,
    `a: must not hold the name "${'x'.repeat(100)}" twice in one object`,
  ],
  [`{"${'x'.repeat(70_000)}":1}`, `${'x'.repeat(100)}: holds a name of more than 65536 characters`],
])('JsonScan refuses names that come twice: %#', (text, problem) => {
  for (const size of [1, 7, 1e9]) {
    expect(problemOf(text, { size })).toBe(problem)
    expect(problemOf(text, { size, of: 'bytes' })).toBe(problem)
  }
})

test('JsonScan finds a name again that is written another way, as text and as bytes', () => {
  expect(problemOf('{"a":{"é":1,"\\u00e9":2}}')).toContain('twice')
  expect(problemOf('{"a":{"é":1,"\\u00e9":2}}', { of: 'bytes' })).toContain('twice')
  expect(problemOf('{"a":{"é":1,"\\u00c3\\u00a9":2}}', { of: 'bytes' })).toBeNull()
})

test('JsonScan takes whatever JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 1, max: 9 }), (value, size) => {
      const text = JSON.stringify(value)
      if (!text.includes('__proto__')) expect(problemOf(text, { size, of: 'bytes' })).toBeNull()
    }),
  )
})

test('JsonScan looks for names in proportion to the text', () => {
  const many = Array.from({ length: 30_000 }, (_, index) => `"n${index}":{"a":1}`).join(',')
  const before = process.cpuUsage()
  expect(problemOf(`{"a":{${many}}}`)).toBeNull()
  expect(problemOf(`{"a":{${many},"n0":1}}`)).toContain('"n0" twice')
  expect(problemOf(`{"a":[${'{"a":{"b":1,"c":2}},'.repeat(30_000)}0]}`)).toBeNull()
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000)
})

import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('canonicalJson() writes the examples of RFC 8785', () => {
  const { numbers, string, literals } = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  expect(canonicalJson({ numbers, string, literals })).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
  // 3.2.3: by UTF-16 code units.
  const names = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const sorted = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])))
  expect(Object.keys(JSON.parse(sorted))).toEqual([
    '1',
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\u{1f600}',
    '\ufb33',
  ])
})

test('canonicalJson() leaves out what is undefined, keeps -0 from being one, and refuses what is no JSON', () => {
  expect(canonicalJson({ a: undefined, b: [undefined, -0], c: '\ud800x' })).toBe(
    '{"b":[null,0],"c":"\ufffdx"}',
  )
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1])
    expect(() => canonicalJson({ value })).toThrow(TypeError)
})

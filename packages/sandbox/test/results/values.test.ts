import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

programTest('a result that JSON cannot hold becomes { type, repr }', async ({ sandbox }) => {
  const { result } = await sandbox.execute(`
import datetime, decimal, fractions
class Point:
    def __repr__(self): return "Point(1, 2)"
class Whole(int):
    def __repr__(self): return "mine"
class Wrong:
    def tolist(self): raise RuntimeError
    def __repr__(self): return "Wrong()"
[float("nan"), float("-inf"), 1e999, b"\\xff", 2**53, -(2**200), Whole(2**60), 10**5000, 1j, ..., {(1, 2): 3},
 {1: 2, "1": 3}, Point(), Wrong(), decimal.Decimal("1.50"), fractions.Fraction(1, 3), datetime.timedelta(1), int]`)
  expect(result).toEqual([
    { type: 'float', repr: 'nan' },
    { type: 'float', repr: '-inf' },
    { type: 'float', repr: 'inf' },
    { type: 'bytes', repr: "b'\\xff'" },
    { type: 'int', repr: '9007199254740992' },
    { type: 'int', repr: String(-(2n ** 200n)) },
    { type: 'Whole', repr: String(2n ** 60n) },
    { type: 'int', repr: String(10n ** 5000n) },
    { type: 'complex', repr: '1j' },
    { type: 'ellipsis', repr: 'Ellipsis' },
    { type: 'dict', repr: '{(1, 2): 3}' },
    { type: 'dict', repr: "{1: 2, '1': 3}" },
    { type: 'Point', repr: 'Point(1, 2)' },
    { type: 'Wrong', repr: 'Wrong()' },
    { type: 'Decimal', repr: "Decimal('1.50')" },
    { type: 'Fraction', repr: 'Fraction(1, 3)' },
    { type: 'timedelta', repr: 'datetime.timedelta(days=1)' },
    { type: 'type', repr: "<class 'int'>" },
  ])
})

programTest('a result is what it offers to be: numbers, lists, fields and dates', async ({ sandbox }) => {
  const { result, error } = await sandbox.execute(program('results/values-of-libraries'))
  expect(error).toBeNull()
  expect(result).toEqual([
    1,
    2,
    3,
    1.5,
    { x: 1, y: 2 },
    { value: 1, below: [{ value: 2, below: [] }] },
    { day: '2024-02-29' },
    [1, 2, 3],
    7,
    { a: { 7: 1.5 } },
    [1],
    [2],
    [0, 1, 2],
    [1],
    ['a'],
    [['a', 1]],
    [4],
    { a: 1 },
    { a: 2 },
    '2024-02-29T01:00:00',
    '/x',
    { 1: 'int', 2.5: 'float', null: 'none', '2024-02-29': 'date' },
    { true: 'bool' },
  ])
})

programTest('what a result offers may be as hostile as it likes', async ({ sandbox }) => {
  const { result, truncated } = await sandbox.execute(program('results/hostile-values'))
  expect(truncated.result).toBe(false)
  expect(result).toMatchObject([
    { type: 'Own', repr: 'Own()' },
    { type: 'Exits', repr: 'Exits()' },
    { type: 'Any', repr: 'Any()' },
    expect.anything(),
  ])
  expect(JSON.stringify(result)).toMatch(/\[{45,}\{"type":"(Deeper|list)"/)
  const huge = await sandbox.execute(
    'class Huge:\n    size = 10**9\n    def tolist(self): return [0] * self.size\n    def __repr__(self): return "Huge()"\nHuge()',
  )
  expect(huge).toMatchObject({
    error: null,
    result: { type: 'Huge', repr: 'Huge()' },
    truncated: { result: true },
  })
  expect(await sandbox.execute('range(10**12)')).toMatchObject({
    result: { repr: 'range(0, 1000000000000)' },
  })
})

programTest.for<[string, string | null]>([
  ['85.0', '85.0'],
  ['(1, 2)', '(1, 2)'],
  ['[True, None, 2**64, {1: "a"}]', "[True, None, 18446744073709551616, {1: 'a'}]"],
  ['"it\'s"', '"it\'s"'],
  ['None', null],
  ['1 / 0', null],
  ['class A:\n    def __repr__(self): raise ValueError("why")\nA()', '<repr() raised ValueError: why>'],
])('resultText is what Python shows: %s', async ([code, resultText], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ resultText })
})

programTest('resultText of a long value has its head and its tail', async ({ sandbox }) => {
  const { resultText, result, truncated } = await sandbox.execute('list(range(50000))')
  expect(resultText?.length).toBeLessThan(20_100)
  expect(resultText).toMatch(/^\[0, 1, 2.*\n\.\.\. \d+ characters left out \.\.\.\n.*49998, 49999\]$/s)
  expect(result).toHaveLength(50_000)
  expect(truncated.result).toBe(false)
})

programTest(
  'a result of more digits than Python prints has them all, up to a million',
  async ({ sandbox }) => {
    const digits = String(2n ** 20_000n)
    const shown = await sandbox.execute(
      'class Shown:\n    def __repr__(self): return f"{2**20000}"\n[2**20000, Shown()]',
    )
    expect(shown.result).toEqual([
      { type: 'int', repr: digits },
      { type: 'Shown', repr: digits },
    ])
    const { result } = await sandbox.execute('10**1200000')
    expect(result).toEqual({
      type: 'int',
      repr: expect.stringContaining('<repr() raised ValueError: Exceeds the limit (1000000 digits)'),
    })
    expect(await sandbox.execute('import sys\nsys.get_int_max_str_digits()')).toMatchObject({ result: 4300 })
  },
)

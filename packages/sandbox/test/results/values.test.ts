import { expect } from 'vitest'
import { sandboxTest } from '../fixtures/sandbox.ts'

sandboxTest('a result that JSON cannot hold becomes { type, repr }', async ({ sandbox }) => {
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

sandboxTest('a result is what it offers to be: numbers, lists, fields and dates', async ({ sandbox }) => {
  const { result, error } = await sandbox.execute(`
import array, collections, dataclasses, datetime, enum, pathlib, types
class Color(enum.Enum): RED = 1
class Level(enum.IntEnum): LOW = 2
class Whole(int):
    def __repr__(self): return "mine"
class Real(float): pass
Pair = collections.namedtuple("Pair", "x y")
@dataclasses.dataclass
class Node:
    value: int
    below: list
class Model:
    def model_dump(self): return {"day": datetime.date(2024, 2, 29)}
class Array:
    size = 3
    def tolist(self): return [1, 2, 3]
class Number:
    def tolist(self): return 7
class Table:
    def tolist(self): return [5]
    def to_dict(self): return {"a": {Number(): 1.5}}
[Color.RED, Level.LOW, Whole(3), Real(1.5), Pair(1, 2), Node(1, [Node(2, [])]), Model(), Array(), Number(), Table(),
 {1}, frozenset([2]), range(3), collections.deque([1]), {"a": 1}.keys(), {"a": 1}.items(), array.array("i", [4]),
 types.MappingProxyType({"a": 1}), collections.Counter("aa"), datetime.datetime(2024, 2, 29, 1), pathlib.Path("/x"),
 {1: "int", 2.5: "float", None: "none", datetime.date(2024, 2, 29): "date"}, {True: "bool"}]`)
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

sandboxTest('what a result offers may be as hostile as it likes', async ({ sandbox }) => {
  const { result, truncated } = await sandbox.execute(`
class Own:
    def tolist(self): return self
    def __repr__(self): return "Own()"
class Deeper:
    def tolist(self): return [Deeper()]
    def __repr__(self): return "Deeper()"
class Exits:
    def model_dump(self): raise SystemExit(1)
    def __repr__(self): return "Exits()"
class Any:
    def __getattr__(self, name): return lambda: [name]
    def __repr__(self): return "Any()"
[Own(), Exits(), Any(), Deeper()]`)
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

sandboxTest.for<[string, string | null]>([
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

sandboxTest('resultText of a long value has its head and its tail', async ({ sandbox }) => {
  const { resultText, result, truncated } = await sandbox.execute('list(range(50000))')
  expect(resultText?.length).toBeLessThan(20_100)
  expect(resultText).toMatch(/^\[0, 1, 2.*\n\.\.\. \d+ characters left out \.\.\.\n.*49998, 49999\]$/s)
  expect(result).toHaveLength(50_000)
  expect(truncated.result).toBe(false)
})

sandboxTest(
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

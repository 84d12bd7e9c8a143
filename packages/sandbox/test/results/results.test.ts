import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'

// These come first: the worker of the programs behind them stays, and would count as one that outlives its run.
sandboxTest.for([
  ['lists', 1000, 'value = [value]'],
  ['dictionaries', 1000, 'value = {"a": value}'],
  ['lists', 100_000, 'value = [value]'],
] as const)('a result of %s that is nested %i deep is safe', async ([, depth, step], { sandbox }) => {
  const { result, status } = await executeAndRecover(
    sandbox,
    `value = 1\nfor _ in range(${depth}): ${step}\nvalue`,
  )
  expect(status).toBe('success')
  let levels = 0
  for (let value = result; typeof value === 'object' && value !== null; levels++) {
    value = Object.values(value)[0] ?? null
  }
  expect(levels).toBeGreaterThan(50)
  expect(levels).toBeLessThan(200)
})

programTest.for<[string, string, { name: string; message: string }]>([
  [
    'whose __str__ raises',
    'class Bad(Exception):\n    def __str__(self): raise RuntimeError("no")\nraise Bad',
    { name: 'Bad', message: 'RuntimeError' },
  ],
  [
    'whose __str__ exits',
    'class Bad(Exception):\n    def __str__(self): raise SystemExit(0)\nraise Bad',
    { name: 'Bad', message: 'SystemExit' },
  ],
  [
    'whose __str__ gives no text',
    'class Bad(Exception):\n    def __str__(self): return 5\nraise Bad',
    { name: 'Bad', message: '' },
  ],
  [
    'that is no Exception',
    'class Quiet(BaseException): pass\nraise Quiet("not an Exception")',
    { name: 'Quiet', message: 'not an Exception' },
  ],
  ['with a lone surrogate', 'raise ValueError("a\\ud800")', { name: 'ValueError', message: 'a\ud800' }],
  ['of a huge text', 'raise ValueError("m" * 10**6)', { name: 'ValueError', message: 'characters left out' }],
  [
    'of a huge class name',
    'raise type("N" * 10**5, (Exception,), {})("text")',
    { name: 'NNN', message: 'text' },
  ],
  [
    'that is a KeyboardInterrupt',
    'raise KeyboardInterrupt("mine")',
    { name: 'KeyboardInterrupt', message: 'mine' },
  ],
  ['that is a GeneratorExit', 'raise GeneratorExit', { name: 'GeneratorExit', message: '' }],
  [
    'with 3000 hostile causes',
    'class Bad(Exception):\n    def __str__(self): return "A" * 10**6\nerror = Bad()\nfor _ in range(3000):\n    outer = Bad()\n    outer.__cause__ = error\n    error = outer\nraise error',
    { name: 'Bad', message: '' },
  ],
])('an exception %s is an error like any other', async ([, code, { name, message }], { sandbox }) => {
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({ status: 'error', error: { kind: 'exception' } })
  expect(result.error?.name).toContain(name)
  expect(result.error?.message).toContain(message)
  expect(result.error?.message.length).toBeLessThan(20_000)
})

programTest('a result that JSON can hold is itself', async ({ sandbox }) => {
  const { result } = await sandbox.execute(
    '[None, True, False, 0, -1, 2**53 - 1, 1.5, "é😀\\u2028\\x00", (1, [2]), {"a": {"b": []}}, {}]',
  )
  const text = 'é😀\u2028\0'
  expect(result).toEqual([null, true, false, 0, -1, 2 ** 53 - 1, 1.5, text, [1, [2]], { a: { b: [] } }, {}])
})

programTest('a result that holds itself ends where it begins again', async ({ sandbox }) => {
  const { result } = await sandbox.execute(
    'a = [1]\na.append(a)\nd = {}\nd["d"] = d\nshared = [2]\n[a, d, shared, shared]',
  )
  expect(result).toEqual([
    [1, { type: 'list', repr: '[1, [...]]' }],
    { d: { type: 'dict', repr: "{'d': {...}}" } },
    [2],
    [2],
  ])
})

programTest('a result whose repr is hostile is a result still', async ({ sandbox }) => {
  const { result, status } = await sandbox.execute(program('results/hostile-repr'))
  expect(status).toBe('success')
  expect(result).toEqual([
    { type: 'Raises', repr: '<repr() raised ValueError: no>' },
    { type: 'Exits', repr: '<repr() raised SystemExit: 0>' },
    { type: 'Lies', repr: '<repr() raised TypeError: __repr__ returned non-string (type int)>' },
    { a: 1 },
    [1],
  ])
})

programTest('a result that is a text with methods of its own is its text', async ({ sandbox }) => {
  const code =
    'class Text(str):\n    def __len__(self): return -1\n    def __str__(self): return "no"\nText("yes")'
  expect(await sandbox.execute(code)).toMatchObject({ status: 'success', result: 'yes' })
})

programTest('a result with keys of prototypes changes no prototype', async ({ sandbox }) => {
  const { result } = await sandbox.execute(
    '{"__proto__": {"polluted": True}, "constructor": {"prototype": 1}, "then": "x", "toJSON": 1, "status": "error"}',
  )
  expect(JSON.parse(JSON.stringify(Object.entries(result as object)))).toEqual([
    ['__proto__', { polluted: true }],
    ['constructor', { prototype: 1 }],
    ['then', 'x'],
    ['toJSON', 1],
    ['status', 'error'],
  ])
  expect('polluted' in {}).toBe(false)
})

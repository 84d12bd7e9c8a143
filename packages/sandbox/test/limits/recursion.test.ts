import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

const RAISED = 'import sys\nsys.setrecursionlimit(100000)\n'
const method = (name: string, body: string, use: string) =>
  `${RAISED}class A:\n    def ${name}: ${body}\n${use}`
const called = (body: string) => `${RAISED}import functools, re\ndef f(*a): return ${body}\nf(1)`
const nested = (start: string, step: string, use: string) =>
  `import json, pickle\na = ${start}\nfor _ in range(100000): a = ${step}\n${use}`

/** Recursion without an end, or deeper than Python allows, through C. */
const ENDLESS: Record<string, string> = {
  'plain calls': 'def f(n): return f(n + 1)\nf(0)',
  lru_cache: 'import functools\n@functools.lru_cache(None)\ndef f(n): return f(n + 1)\nf(0)',
  'lru_cache with a raised limit': `${RAISED}import functools\n@functools.lru_cache(None)\ndef f(n): return f(n + 1)\nf(0)`,
  partial: called('functools.partial(f, 1)()'),
  'sum(map())': called('sum(map(f, [1]))'),
  'sum of a generator': called('sum(f(k) for k in [1])'),
  sorted: called('sorted([1], key=f)'),
  reduce: called('functools.reduce(f, [1, 2])'),
  're.sub': called('re.sub("a", f, "a")'),
  cmp_to_key: called('sorted([1, 2], key=functools.cmp_to_key(f))'),
  __hash__: method('__hash__(s)', 'return hash((s,))', 'hash(A())'),
  __eq__: method('__eq__(s, o)', 'return A() == A()', 'A() == A()'),
  __call__: method('__call__(s, n)', 'return s(n)', 'A()(0)'),
  __init__: method('__init__(s)', 's.child = A()', 'A()'),
  __getattr__: method('__getattr__(s, n)', 'return getattr(s, n)', 'A().x'),
  __bool__: method('__bool__(s)', 'return bool(s)', 'bool(A())'),
  __len__: method('__len__(s)', 'return len(s)', 'len(A())'),
  __str__: method('__str__(s)', 'return str(s)', 'str(A())'),
  __format__: method('__format__(s, f)', 'return format(s, f)', 'f"{A()}"'),
  __add__: method('__add__(s, o)', 'return s + o', 'A() + 1'),
  __iter__: method('__iter__(s)', 'return iter(s)', 'list(A())'),
  __contains__: method('__contains__(s, o)', 'return o in s', '1 in A()'),
  __deepcopy__: `import copy\n${method('__deepcopy__(s, m)', 'return copy.deepcopy(A(), m)', 'copy.deepcopy(A())')}`,
  __reduce__: `import pickle\n${method('__reduce__(s)', 'return (A, (A(),))', 'pickle.dumps(A())')}`,
  'an object that calls an object': 'class A: pass\nA.__call__ = A()\nA()()',
  'a dict that holds itself': 'a, b = {}, {}\na["x"], b["x"] = a, b\na == b',
  'a list that holds itself': 'a, b = [], []\na.append(b)\nb.append(a)\na == b',
  __missing__: 'class A(dict):\n    def __missing__(s, k): return s[k]\nA()[1]',
  property: 'class A:\n    @property\n    def x(s): return s.x\nA().x',
  'exec of itself': 'code = "exec(code)"\nexec(code)',
  __instancecheck__:
    'class M(type):\n    def __instancecheck__(c, o): return isinstance(o, c)\nclass A(metaclass=M): pass\nisinstance(1, A)',
  'await of itself': 'import asyncio\nasync def f(): return await f()\nasyncio.run(f())',
  metaclass: `${RAISED}class M(type):\n    def __new__(m, *a): return M(*a)\nM("x", (), {})`,
  'pickle of deep data': nested('[]', '[a]', 'pickle.dumps(a)'),
  'copy of deep data': nested('[]', '[a]', 'import copy; copy.deepcopy(a)'),
  'a long chain of attributes': 'compile("a" + ".b" * 100000, "x", "eval")',
}

/** Each takes seconds where the machine is busy; `AGENTCHAT_RECURSION_KINDS` says how many are tried. */
const TRIED = Object.entries(ENDLESS).slice(0, Number(process.env.AGENTCHAT_RECURSION_KINDS ?? 6))

sandboxTest.for(TRIED)('endless recursion is a RecursionError: %s', async ([, code], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({
    error: { kind: 'exception', name: 'RecursionError' },
  })
})

sandboxTest.for<[string, string, unknown]>([
  [
    'a memoised function',
    'from functools import lru_cache\n@lru_cache(maxsize=None)\ndef steps(n): return 0 if n == 0 else 1 + steps(n - 1)\nsteps(900)',
    900,
  ],
  [
    'dynamic programming',
    'import sys\nfrom functools import lru_cache\nsys.setrecursionlimit(10000)\n@lru_cache(maxsize=None)\ndef ways(n):\n    if n < 2: return 1\n    return ways(n - 1) + ways(n - 2)\nways(1000) % 1000003',
    276960,
  ],
  ['deep JSON', 'import json\nlen(json.loads("[" * 100000 + "]" * 100000))', 1],
  ['the hash of deep data', nested('()', '(a,)', 'hash(a) != 0'), true],
  // Each kind breaks V8's stack where C's own is not held to account.
  ['letting go of long chains', program('python/long-chains').replace(/^print\(.*/m, 'len(KINDS)'), 11],
  ['deep calls', `${RAISED}def f(n): return 0 if n == 0 else 1 + f(n - 1)\nf(50000)`, 50000],
])('%s comes to its value', async ([, code, value], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: value })
})

sandboxTest('a session survives recursion, in the same worker', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('keep = 5')
  const { error } = await session.execute(ENDLESS.__hash__ ?? '')
  expect(error).toMatchObject({ kind: 'exception', name: 'RecursionError', line: 4 })
  expect(await session.execute('keep')).toMatchObject({ result: 5, sessionRestored: null })
})

sandboxTest('a traceback of very many entries is told at once, in its whole length', async ({ sandbox }) => {
  const code = 'import sys\nsys.setrecursionlimit(500_000)\ndef down(): return down()\n'
  const { error, usage } = await sandbox.execute(`${code}down()`)
  expect(error).toMatchObject({ name: 'RecursionError', line: 3 })
  expect(error?.traceback).toContain('[Previous line repeated 499993 more times]')
  // Some 6 s, where each entry is looked at.
  expect(usage.cpuMs).toBeLessThan(5000)
  const caused = await sandbox.execute(`${code}try: down()\nexcept RecursionError: raise ValueError("x")`)
  expect(caused.error).toMatchObject({ name: 'ValueError', line: 5 })
  expect(caused.error?.traceback).toContain('[Previous line repeated 499993 more times]')
})

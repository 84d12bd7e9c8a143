import { expect } from 'vitest'
import type { CodeExecutionResult } from '../../src/sandbox/index.ts'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'

const MIB = 2 ** 20
/** Half a second is promised between the limit and the kill; the rest is for a machine that is busy. */
const MAX_OVERRUN_SECONDS = 1
/** What a process may hold beside Python's heap. */
const PROCESS_OVERHEAD_BYTES = 256 * MIB

/** A way into JavaScript that Pyodide offers on purpose and needs itself: it converts values. */
const TO_JS = 'from pyodide.ffi import to_js'

function expectTimeout(result: CodeExecutionResult, limitSeconds: number): void {
  expect(result).toMatchObject({
    status: 'error',
    result: null,
    error: { kind: 'timeout', name: 'TimeoutError' },
  })
  expect(result.executionTime).toBeGreaterThanOrEqual(limitSeconds)
  expect(result.executionTime).toBeLessThan(limitSeconds + MAX_OVERRUN_SECONDS)
}

sandboxTest.for<[string, string]>([
  ['a busy loop', 'while True: pass'],
  ['a regular expression that backtracks', 'import re\nre.match(r"(a+)+$", "a" * 60 + "!")'],
  ['a power of big integers', 'pow(3, 10**9)'],
  [
    'a C loop that looks at no interrupt',
    'import collections, itertools\ncollections.deque(itertools.repeat(0), maxlen=0)',
  ],
  ['time.sleep', 'import time\ntime.sleep(1000)'],
  ['await asyncio.sleep', 'import asyncio\nawait asyncio.sleep(1000)'],
  ['a task that is never done', 'import asyncio\nawait asyncio.get_running_loop().create_future()'],
  [
    'a loop that swallows every exception',
    'while True:\n    try:\n        while True: pass\n    except BaseException: continue',
  ],
  [
    'a sleep that swallows every exception',
    'import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: continue',
  ],
  ['an endless finally', 'try:\n    while True: pass\nfinally:\n    while True: pass'],
  ['an ignored SIGINT', 'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass'],
  [
    'a result whose repr never ends',
    'class Endless:\n    def __repr__(self):\n        while True: pass\nEndless()',
  ],
  [
    'an exception whose text never ends',
    'class Endless(Exception):\n    def __str__(self):\n        while True: pass\nraise Endless',
  ],
  ['an event loop that never rests', 'import asyncio\nwhile True: await asyncio.sleep(0)'],
  ['a loop in JavaScript', `${TO_JS}\nsparse = to_js([])\nsparse.length = 2**32 - 1\nsparse.reverse()`],
  [
    'a flood of microtasks',
    'import asyncio\ndone = asyncio.ensure_future(asyncio.sleep(0))\ndef again(*_): done.then(again)\nagain()\nawait asyncio.sleep(1000)',
  ],
])('timeoutSeconds ends %s, and the output so far is kept', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `print('so far', end='')\n${code}`, { timeoutSeconds: 0.3 })
  expectTimeout(result, 0.3)
  expect(result.stdout).toBe('so far')
})

sandboxTest('timeoutSeconds says where Python was', async ({ sandbox }) => {
  const { error } = await executeAndRecover(sandbox, 'def spin():\n    while True: pass\n\nspin()', {
    timeoutSeconds: 0.3,
  })
  expect(error?.message).toContain('0.3 s')
  expect(error?.line).toBe(2)
  expect(error?.traceback).toContain('line 4, in <module>\n    spin()')
})

sandboxTest('timeoutSeconds lets a finally clean up and keeps what it prints', async ({ sandbox }) => {
  const code =
    'try:\n    while True: pass\nexcept KeyboardInterrupt:\n    print("interrupted")\nfinally:\n    print("clean")'
  const result = await executeAndRecover(sandbox, code, { timeoutSeconds: 0.3 })
  expectTimeout(result, 0.3)
  expect(result.stdout).toBe('interrupted\nclean\n')
})

sandboxTest(
  'timeoutSeconds interrupts a loop whose turns have become a thousand times longer',
  async ({ sandbox }) => {
    const turns = 'for n in range(10**7):\n        if n > 300_000: sum(range(30_000))'
    const code = `try:\n    ${turns}\nexcept KeyboardInterrupt:\n    print("interrupted")`
    const result = await executeAndRecover(sandbox, code, { timeoutSeconds: 1 })
    expectTimeout(result, 1)
    expect(result.stdout).toBe('interrupted\n')
  },
)

sandboxTest(
  'timeoutSeconds holds against code that catches the interrupt and goes on to its end',
  async ({ sandbox }) => {
    const code = 'try:\n    while True: pass\nexcept KeyboardInterrupt: pass\n"made it"'
    expectTimeout(await executeAndRecover(sandbox, code, { timeoutSeconds: 0.3 }), 0.3)
  },
)

sandboxTest('timeoutSeconds does not end what is quicker', async ({ sandbox }) => {
  const result = await sandbox.execute('import time\ntime.sleep(0.3)\n"slept"', { timeoutSeconds: 5 })
  expect(result).toMatchObject({ status: 'success', result: 'slept' })
  expect(result.executionTime).toBeGreaterThanOrEqual(0.3)
})

sandboxTest('input() does not wait for input that never comes', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'print(input())\ninput("more? ")', {
    stdin: 'one line',
    timeoutSeconds: 5,
  })
  expect(result).toMatchObject({
    stdout: 'one line\nmore? ',
    error: { kind: 'exception', name: 'EOFError', line: 2 },
  })
})

sandboxTest.for<[string, string]>([
  ['a busy loop', 'while True: pass'],
  [
    'a loop that swallows every exception',
    'while True:\n    try:\n        while True: pass\n    except BaseException: continue',
  ],
  ['a loop in JavaScript', `${TO_JS}\nsparse = to_js([])\nsparse.length = 2**32 - 1\nsparse.reverse()`],
])('cpuSeconds ends %s', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `print('so far', end='')\n${code}`, {
    cpuSeconds: 0.3,
    timeoutSeconds: 20,
  })
  expect(result).toMatchObject({ stdout: 'so far', error: { kind: 'cpu', name: 'CpuLimitError' } })
  expect(result.usage.cpuMs).toBeGreaterThan(300)
  expect(result.usage.cpuMs).toBeLessThan(3000)
})

sandboxTest('cpuSeconds does not count waiting', async ({ sandbox }) => {
  const result = await sandbox.execute('import time\ntime.sleep(1.2)\n"slept"', { cpuSeconds: 1 })
  expect(result).toMatchObject({ status: 'success', result: 'slept' })
})

sandboxTest(
  'memoryLimitMb raises a MemoryError that Python can catch, and Python goes on',
  async ({ sandbox }) => {
    const code = `
held = []
try:
    while True: held.append(bytearray(1 << 20))
except MemoryError:
    count = len(held)
    held.clear()
[count, sum(range(1000)), len(bytearray(1 << 20))]`
    const { result, status } = await executeAndRecover(sandbox, code, { memoryLimitMb: 64 })
    expect(status).toBe('success')
    const [count, ...rest] = result as number[]
    expect(count).toBeGreaterThan(16)
    expect(count).toBeLessThan(64)
    expect(rest).toEqual([499500, MIB])
  },
)

sandboxTest('memoryLimitMb is per execution', async ({ sandbox }) => {
  const code = 'len(bytearray(100 << 20))'
  expect(await sandbox.execute(code, { memoryLimitMb: 64 })).toMatchObject({ error: { kind: 'memory' } })
  expect(await sandbox.execute(code, { memoryLimitMb: 256 })).toMatchObject({ result: 100 * MIB })
})

sandboxTest('memoryLimitMb leaves room for Python itself at its least value', async ({ sandbox }) => {
  const result = await sandbox.execute('import json, statistics\njson.dumps(statistics.mean(range(100)))', {
    memoryLimitMb: 40,
  })
  expect(result).toMatchObject({ status: 'success', result: '49.5' })
})

sandboxTest.for<[string, string]>([
  ['byte arrays', 'held = []\nwhile True: held.append(bytearray(1 << 20))'],
  ['small objects', 'held = []\nwhile True: held.append((len(held), str(len(held))))'],
  ['a string that doubles', 'text = "x" * 1024\nwhile True: text += text'],
  ['a huge integer', '1 << (8 * 700_000_000)'],
])('memoryLimitMb ends Python that holds %s with a MemoryError', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `print('so far', end='')\n${code}`, { memoryLimitMb: 64 })
  expect(result).toMatchObject({ stdout: 'so far', error: { kind: 'memory', name: 'MemoryError' } })
  // Where not even the smallest object could be made, Python had no memory to note the line.
  if (code.includes('str(')) expect(result.error?.line ?? 3).toBe(3)
  else expect(result.error?.line).toBeGreaterThan(1)
  expect(result.usage.peakMemoryBytes).toBeLessThanOrEqual(64 * MIB * 1.25 + PROCESS_OVERHEAD_BYTES)
})

sandboxTest.for<[string, string]>([
  [
    'buffers of JavaScript',
    `${TO_JS}\nUint8Array = to_js(b"").constructor\nheld = []\nwhile True:\n    held.append(Uint8Array.new(16 << 20))\n    held[-1].fill(1)`,
  ],
  ['one huge buffer of JavaScript', `${TO_JS}\nto_js(b"").constructor.new(2**31).fill(1)`],
  [
    'objects of JavaScript',
    `${TO_JS}\nheld = []\nwhile True: held.append(to_js([[n] for n in range(10_000)]))`,
  ],
  [
    'files in memory',
    'block = bytes(1 << 20)\nfor number in range(48):\n    with open(f"/tmp/fill{number}", "wb") as file:\n        for _ in range(64): file.write(block)',
  ],
])('memoryLimitMb ends a worker that holds %s', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `print('so far', end='')\n${code}\n"held"`, {
    memoryLimitMb: 256,
  })
  expect(result).toMatchObject({
    status: 'error',
    stdout: 'so far',
    error: { kind: 'memory', name: 'MemoryError' },
  })
  expect(result.usage.peakMemoryBytes).toBeLessThanOrEqual(256 * MIB * 1.25 + PROCESS_OVERHEAD_BYTES)
})

sandboxTest('an endless recursion is a RecursionError with a short traceback', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'def down(): return down()\ndown()')
  expect(result.error).toMatchObject({ kind: 'exception', name: 'RecursionError', line: 1 })
  expect(result.error?.traceback.length).toBeLessThan(2000)
})

sandboxTest.for<[string, string]>([
  ['Python calls', 'def down(): return down()\ndown()'],
  [
    'Python calls through C',
    'class Down:\n    def __getattr__(self, name): return getattr(self, name + "x")\nDown().x',
  ],
  // Of a list it looks at all that it is within, at each level: that would be quadratic.
  ['repr', 'held = None\nfor _ in range(300_000): held = slice(held)\nrepr(held)'],
  ['the parser', 'eval("(" * 200_000 + ")" * 200_000)'],
  ['the compiler', 'eval("-" * 300_000 + "1")'],
])('a recursion without a limit in %s harms only itself', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(
    sandbox,
    `import sys\nsys.setrecursionlimit(10**9)\n${code}\n"through"`,
  )
  expect(result.status).toBe('error')
  const { kind, name } = result.error ?? {}
  if (kind !== 'crashed') expect(name).toMatch(/^(RecursionError|MemoryError|SyntaxError)$/)
})

sandboxTest('recursion without any limit ends, and keeps stdout as Python wrote it', async ({ sandbox }) => {
  const code = 'import sys\nsys.setrecursionlimit(10**9)\nprint("so far")\ndef down(): return down()\ndown()'
  const result = await sandbox.execute(code)
  expect(result.error?.kind).toMatch(/^(crashed|exception|memory)$/)
  expect(result.stdout).toBe('so far\n')
})

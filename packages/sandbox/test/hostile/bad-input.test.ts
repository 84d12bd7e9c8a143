import { expect } from 'vitest'
import {
  type ExecutionOptions,
  ImageUnknownError,
  InvalidOptionsError,
  PyodideSandbox,
  type SandboxOptions,
  UnsupportedError,
} from '../../src/sandbox/index.ts'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'

/** What the constructor throws, or null. */
function refusal(options: unknown): unknown {
  try {
    new PyodideSandbox(options as SandboxOptions)
    return null
  } catch (error) {
    return error
  }
}

sandboxTest.for(['no-such-image', '../base', 'base/', '.', 'Base', 'a\0b'])(
  'new PyodideSandbox() refuses an image that is not there and names those that are: %j',
  (image) => {
    const error = refusal({ image })
    expect(error).toBeInstanceOf(ImageUnknownError)
    expect(error).toMatchObject({ code: 'image-unknown', image, known: ['base'] })
  },
)

sandboxTest.for<[unknown, string]>([
  [{ timeout: 5 }, 'timeout'],
  [{ pool: { size: 2 } }, 'pool.size'],
  [JSON.parse('{ "__proto__": { "timeoutSeconds": 1 } }'), '__proto__'],
  [{ timeoutSeconds: '5' }, 'timeoutSeconds'],
  [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
  [{ timeoutSeconds: -1 }, 'timeoutSeconds'],
  [{ timeoutSeconds: Number.NaN }, 'timeoutSeconds'],
  [{ timeoutSeconds: Number.POSITIVE_INFINITY }, 'timeoutSeconds'],
  [{ timeoutSeconds: 1e9 }, 'timeoutSeconds'],
  [{ cpuSeconds: -1 }, 'cpuSeconds'],
  [{ cpuSeconds: Number.POSITIVE_INFINITY }, 'cpuSeconds'],
  [{ memoryLimitMb: 1 }, 'memoryLimitMb'],
  [{ memoryLimitMb: 1e6 }, 'memoryLimitMb'],
  [{ memoryLimitMb: Number.NaN }, 'memoryLimitMb'],
  [{ maxOutputBytes: 0 }, 'maxOutputBytes'],
  [{ maxOutputBytes: 1.5 }, 'maxOutputBytes'],
  [{ maxOutputBytes: 2 ** 40 }, 'maxOutputBytes'],
  [{ pool: { max: 0 } }, 'pool.max'],
  [{ pool: { min: 3, max: 2 } }, 'pool.min'],
  [{ pool: { maxQueue: -1 } }, 'pool.maxQueue'],
  [{ allowNet: 'example.com' }, 'allowNet'],
  [{ allowRead: [5] }, 'allowRead'],
  [{ isolation: 'none' }, 'isolation'],
  [{ image: '' }, 'image'],
  [{ packages: 'numpy' }, 'packages'],
  [{ packageIndex: 'pypi' }, 'packageIndex'],
  [{ wheels: '/no/such/folder' }, 'wheels'],
  [{ wheels: `/${'long'.repeat(100)}` }, 'wheels'],
  [{ wheels: 'a\0b' }, 'wheels'],
  [{ offline: 'yes' }, 'offline'],
  [{ onProgress: 'log' }, 'onProgress'],
  [{ tools: [1] }, 'tools[0]'],
  [null, ''],
  ['options', ''],
  [[], ''],
])('new PyodideSandbox(%j) is refused and names "%s"', ([options, name]) => {
  const error = refusal(options)
  expect(error).toBeInstanceOf(InvalidOptionsError)
  const { problems, message } = error as InvalidOptionsError
  expect(problems.map(({ path }) => path)).toEqual([name])
  expect(message).toContain(name)
})

sandboxTest('new PyodideSandbox() names every option that is wrong', () => {
  const error = refusal({ timeoutSeconds: 0, memory: 1, pool: { max: 'x' } }) as InvalidOptionsError
  expect(error.problems.map(({ path }) => path).sort()).toEqual(['memory', 'pool.max', 'timeoutSeconds'])
})

sandboxTest.for<[string, SandboxOptions]>([['isolation', { isolation: 'os' }]])(
  'new PyodideSandbox() refuses what it cannot honour: %s',
  ([option, options]) => {
    const error = refusal(options)
    // Another version may honour it.
    if (error === null && option === 'isolation') return
    expect(error).toBeInstanceOf(UnsupportedError)
    expect((error as UnsupportedError).option).toBe(option)
  },
)

sandboxTest.for<[unknown, string]>([
  [{ timeout: 5 }, 'timeout'],
  [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
  [{ timeoutSeconds: Number.NaN }, 'timeoutSeconds'],
  [{ cpuSeconds: Number.POSITIVE_INFINITY }, 'cpuSeconds'],
  [{ memoryLimitMb: 1e6 }, 'memoryLimitMb'],
  [{ globals: { 'not a name': 1 } }, 'globals.not a name'],
  [{ globals: { f: () => 1 } }, 'globals.f'],
  [{ globals: { nan: Number.NaN } }, 'globals.nan'],
  [{ globals: [1] }, 'globals'],
  [{ stdin: 5 }, 'stdin'],
  [{ args: 'x' }, 'args'],
  [{ args: [1] }, 'args[0]'],
  [{ signal: {} }, 'signal'],
  [null, ''],
])('execute() refuses the options %j and names "%s"', async ([options, name], { sandbox }) => {
  const error: unknown = await sandbox
    .execute('1', options as ExecutionOptions)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(InvalidOptionsError)
  expect((error as InvalidOptionsError).problems.map(({ path }) => path)).toEqual([name])
})

sandboxTest.for([undefined, null, 5, {}, ['1']])(
  'execute() refuses code that is no text: %j',
  async (code, { sandbox }) => {
    await expect(sandbox.execute(code as string)).rejects.toBeInstanceOf(InvalidOptionsError)
  },
)

sandboxTest('execute() runs 5 MB of source', async ({ sandbox }) => {
  const result = await sandbox.execute(`text = "${'é'.repeat(2_500_000)}"\nprint(len(text))\n1 / 0`)
  expect(result).toMatchObject({ stdout: '2500000\n', error: { name: 'ZeroDivisionError', line: 3 } })
})

sandboxTest.for<[string, string, { name: string | RegExp; line: number | null; traceback: string }]>([
  ['a NUL', 'x = "a\0b"', { name: 'SyntaxError', line: null, traceback: 'null bytes' }],
  ['a lone surrogate', 'x = "a\ud800b"', { name: /./, line: null, traceback: 'surrogates' }],
  [
    'an open bracket',
    'x = 1\ny = (2,\nz = 3',
    {
      name: 'SyntaxError',
      line: 2,
      traceback: '  File "/workspace/main.py", line 2\n    y = (2,\n        ^\nSyntaxError: ',
    },
  ],
  [
    'a misplaced word',
    'é = 1\nx = é é',
    { name: 'SyntaxError', line: 2, traceback: '    x = é é\n          ^\nSyntaxError: invalid syntax' },
  ],
  [
    'a return outside a function',
    '\n\nreturn 1',
    { name: 'SyntaxError', line: 3, traceback: '    return 1\n    ^^^^^^^^\n' },
  ],
  [
    'bad indentation',
    'if True:\nx = 1',
    { name: 'IndentationError', line: 2, traceback: '    x = 1\n    ^\n' },
  ],
  ['mixed tabs', 'if True:\n\tx = 1\n        y = 2', { name: 'TabError', line: 3, traceback: 'line 3' }],
  [
    'a number of too many digits',
    `x = ${'9'.repeat(5000)}`,
    { name: 'SyntaxError', line: 1, traceback: '4300' },
  ],
])('code with %s is a syntax error', async ([, code, { name, line, traceback }], { sandbox }) => {
  const result = await sandbox.execute(`${code}`)
  expect(result).toMatchObject({ status: 'error', result: null, stdout: '', stderr: '' })
  expect(result.error).toMatchObject({ kind: 'syntax', line })
  expect(result.error?.name).toMatch(name)
  expect(result.error?.traceback).toContain(traceback)
})

sandboxTest('a syntax error stops the code before its first line', async ({ sandbox }) => {
  expect(await sandbox.execute('print("ran")\nx = = 1')).toMatchObject({
    stdout: '',
    error: { kind: 'syntax' },
  })
})

sandboxTest.for([
  ['"3"', "'3'"],
  ['"-1"', "'-1'"],
  ['0.0', '0.0'],
  ['[]', '[]'],
])(
  'sys.exit(%s) is an error whose value goes to stderr, and no exit code',
  async ([code, message], { sandbox }) => {
    expect(await sandbox.execute(`import sys\nsys.exit(${code})`)).toMatchObject({
      stderr: `${code?.replaceAll('"', '')}\n`,
      error: { name: 'SystemExit', message },
    })
  },
)

sandboxTest.for<[string, string]>([
  ['os._exit(0)', 'import os\nos._exit(0)'],
  ['os.abort()', 'import os\nos.abort()'],
])('%s ends the worker, which is never a success', async ([, code], { sandbox }) => {
  const result = await executeAndRecover(sandbox, `print("so far", end="")\n${code}\n"through"`)
  expect(result).toMatchObject({
    status: 'error',
    result: null,
    stdout: 'so far',
    error: { kind: 'crashed', message: expect.not.stringContaining('[object') },
  })
})

sandboxTest('a signal that is aborted already starts nothing', async ({ sandbox }) => {
  const reason = new Error('too late')
  const result = await sandbox.execute('print("ran")', { signal: AbortSignal.abort(reason) })
  expect(result).toMatchObject({ stdout: '', executionTime: 0, error: { kind: 'cancelled' } })
  expect(result.error?.message).toContain('too late')
})

sandboxTest.for<[string, string]>([
  ['a busy loop', 'while True: pass'],
  ['a sleep', 'import time\ntime.sleep(1000)'],
  [
    'a loop that swallows it',
    'while True:\n    try:\n        while True: pass\n    except BaseException: pass',
  ],
])('a signal that is aborted ends %s and keeps its output', async ([, code], { sandbox }) => {
  const controller = new AbortController()
  // Late enough for the code behind the call, too.
  const abortSoon = () => setTimeout(() => controller.abort(), 200).hasRef()
  const result = await executeAndRecover(sandbox, `print("so far", end="")\nabort_soon()\n${code}`, {
    ...{ signal: controller.signal, tools: [{ name: 'abort_soon', execute: abortSoon }] },
  })
  expect(result).toMatchObject({ stdout: 'so far', error: { kind: 'cancelled', name: 'CancelledError' } })
  expect(result.executionTime).toBeLessThan(10)
})

sandboxTest('a signal that is aborted after the run changes nothing', async ({ sandbox }) => {
  const controller = new AbortController()
  const result = await sandbox.execute('40+2', { signal: controller.signal })
  controller.abort()
  expect(result).toMatchObject({ status: 'success', result: 42, error: null })
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

sandboxTest('a signal that serves many runs collects no listeners', async ({ sandbox }) => {
  const { signal } = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--
    removeEventListener.apply(signal, args)
  }
  await Promise.all([1, 2, 3].map(() => sandbox.execute('1', { signal })))
  expect(listeners).toBe(0)
})

import { expect } from 'vitest'
import type { CodeExecutionResult, SandboxSession } from '../../src/sandbox/index.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

/** Sets every name of some modules to None. */
const emptied = (...modules: string[]) =>
  `import ${modules.join(', ')}\nfor m in (${modules.join(', ')},):\n    for n in list(vars(m)):\n        if n[:2] != "__": setattr(m, n, None)`

/** What a program may put in the place of what it did not make, as tests and mocks do. */
const PATCHES: Record<string, string> = {
  'builtins.print': 'import builtins\nbuiltins.print = None',
  'builtins.open': 'import builtins, io\nbuiltins.open = io.open = None',
  'builtins.__import__': 'import builtins\nbuiltins.__import__ = builtins.__build_class__ = None',
  'builtins.eval': 'import builtins\nbuiltins.eval = builtins.exec = builtins.compile = None',
  'builtins.repr': 'import builtins\nbuiltins.repr = builtins.sorted = builtins.set = builtins.map = None',
  'sys.modules': 'import sys\nsys.modules = {}',
  'what sys.modules holds': 'import sys\nsys.modules.clear()',
  'None in sys.modules':
    'import sys\nfor n in list(sys.modules):\n    if n not in ("sys", "__main__"): sys.modules[n] = None',
  'the roads of imports': 'import sys\nsys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear()',
  'the streams': 'import sys\nsys.stdout = sys.stderr = sys.stdin = None',
  'names of sys': `import sys
for n in ("stdout", "stderr", "stdin", "excepthook", "displayhook", "argv", "exit", "__stdout__", "__stderr__", "__excepthook__"):
    delattr(sys, n)`,
  json: emptied('json', 'json.encoder', 'json.decoder', 'json.scanner'),
  os: emptied('os', 'os.path'),
  io: emptied('io'),
  traceback: emptied('traceback', 'linecache'),
  're, types, ast': emptied('re', 'types', 'ast', 'inspect', 'tokenize'),
  asyncio: emptied('asyncio', 'asyncio.events', 'asyncio.tasks', 'asyncio.futures'),
  time: emptied('time'),
  'the clock': 'import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0\ntime.sleep = print',
  threading: emptied('threading', '_thread', 'queue'),
  'warnings and random': emptied('warnings', 'random'),
}

programTest.for(Object.entries(PATCHES))(
  'a program that patches %s has its value, and its error',
  async ([, patch], { sandbox }) => {
    const done = await sandbox.execute(`${patch}\nx = {"é": [1, 2.5, None]}\nx`)
    expect(done).toMatchObject({
      error: null,
      result: { é: [1, 2.5, null] },
      resultText: "{'é': [1, 2.5, None]}",
    })
    const failed = await sandbox.execute(`${patch}\ndef f(n):\n    raise KeyError(n)\nf(7)`)
    const line = patch.split('\n').length + 2
    expect(failed.error).toMatchObject({ kind: 'exception', name: 'KeyError', message: '7', line })
    expect(failed.error?.traceback).toMatch(/File "\/workspace\/main.py", line \d+, in f\n/)
    expect((await sandbox.execute('print(40 + 2)')).stdout).toBe('42\n')
  },
)

const CELLS: readonly [code: string, expected: Partial<CodeExecutionResult> | object][] = [
  ['keep + 1', { result: 6, error: null }],
  ['f(7)', { error: { name: 'KeyError' } }],
  ['1 +', { error: { kind: 'syntax' } }],
  ['[keep, "é"]', { resultText: "[5, 'é']" }],
]

programTest(
  'the later cells of a session work, and it can be kept, whatever was patched',
  async ({ sandbox }) => {
    const run = async (session: SandboxSession, code: string) => await session.execute(code)
    // What leaves the interpreter without its own libraries is tried alone.
    const left = new Set([
      'names of sys',
      'what sys.modules holds',
      'None in sys.modules',
      're, types, ast',
      'builtins.__import__',
    ])
    const patches = Object.entries(PATCHES).filter(([name]) => !left.has(name))
    await using session = sandbox.session()
    await run(session, 'keep = 5\ndef f(n):\n    raise KeyError(n)')
    for (const [name, patch] of patches) {
      expect((await run(session, patch)).error, name).toBeNull()
      for (const [code, expected] of CELLS)
        expect(await run(session, code), `${name}: ${code}`).toMatchObject(expected)
    }
    const { sessionBytes, sessionMetadata } = await session.save()
    await using again = sandbox.session({ sessionBytes, sessionMetadata })
    expect((await run(again, 'keep')).result).toBe(5)
  },
)

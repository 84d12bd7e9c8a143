import { expect } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const programTest = programTestWith({
  pool: { min: 0, max: 2 },
  tools: [{ name: 'fail', execute: () => Promise.reject(new Error('no')) }],
})

const TRACE =
  'Traceback (most recent call last):\n' +
  '  File "/workspace/cell_2.py", line 4, in <module>\n    f(0)\n    ~^^^\n' +
  '  File "/workspace/cell_2.py", line 3, in f\n    return own / n\n           ~~~~^~~\n' +
  'ZeroDivisionError: division by zero\n'

programTest(
  'sys.last_exc is the exception that ended the cell before, with its frames',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    const none =
      'import sys, traceback\nprint([n for n in dir(sys) if n.startswith("last_")])\ntraceback.print_last()'
    expect(await session.execute(none)).toMatchObject({
      stdout: '[]\n',
      error: { name: 'ValueError', message: 'no last exception' },
    })
    await session.execute('def f(n):\n    own = [1][0]\n    return own / n\nf(0)')
    const { stderr } = await session.execute(
      'traceback.print_last()\ntraceback.print_exception(sys.last_exc)',
    )
    expect(stderr).toBe(TRACE + TRACE)
    // A cell without an error, and one that asks, leave it as it was; so does a move to another worker.
    const asked = `frame = sys.last_traceback.tb_next.tb_frame
(sys.last_type is ZeroDivisionError, sys.last_value is sys.last_exc, frame.f_locals, frame.f_lineno)`
    await using again = sandbox.session(await session.save())
    for (const each of [session, again])
      expect(await each.execute(asked)).toMatchObject({ resultText: "(True, True, {'n': 0, 'own': 1}, 3)" })
    const debug = await again.execute('import pdb; pdb.pm()', { stdin: 'p own\nup\nq\n' })
    expect(debug.stdout).toMatch(
      /^> \/workspace\/cell_2\.py\(3\)f\(\)\n-> return own \/ n\n\(Pdb\) 1\n\(Pdb\) > .*<module>/,
    )
  },
)

programTest('sys.last_exc is a SyntaxError, too, and no SystemExit', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('x = = 1')
  await session.execute('raise SystemExit(3)')
  const { stderr, result } = await session.execute(
    'import sys, traceback\ntraceback.print_last()\nsys.last_traceback is None',
  )
  expect(stderr).toBe(
    '  File "/workspace/cell_1.py", line 1\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n',
  )
  expect(result).toBe(true)
})

const FRAMES =
  'import sys, traceback\ntraceback.print_last()\n[f.f_locals for f, _ in traceback.walk_tb(sys.last_traceback)][1:]'

programTest.for<[what: string, code: string, options: object, last: string]>([
  [
    'memory',
    'def f():\n    kept = bytearray(100)\n    return bytearray(400 * 2**20)\nf()',
    { memoryLimitMb: 100 },
    'MemoryError',
  ],
  [
    'time',
    'def f():\n    kept = []\n    while True: kept.append(1)\nf()',
    { timeoutSeconds: 0.3 },
    'KeyboardInterrupt',
  ],
])(
  'sys.last_exc holds nothing of what ran into a limit of %s',
  async ([, code, options, last], { sandbox }) => {
    await using session = sandbox.session()
    expect((await session.execute(code, options)).error).not.toBeNull()
    const { result, stderr, sessionRestored } = await session.execute(FRAMES)
    expect(sessionRestored).toBeNull()
    for (const names of result as object[]) expect(names).toEqual({})
    expect(stderr).toMatch(new RegExp(`, in f\\n.*\\n(?: *[~^]+\\n)?${last}\\n$`))
  },
)

programTest('sys.last_exc keeps no session from being saved', async ({ sandbox }) => {
  await using session = sandbox.session()
  const failed = await session.execute(
    'from agentchat_tools import fail\ndef f():\n    own = 1\n    fail()\nf()',
  )
  expect(failed.error).toMatchObject({ name: 'ToolError' })
  await using again = sandbox.session(await session.save())
  expect(await again.execute(FRAMES.replace('[1:]', '[1]'))).toMatchObject({ result: { own: 1 } })
})

programTest('sys.last_exc is there for the end of a program', async ({ sandbox }) => {
  const code = `import atexit, sys
sys.excepthook = lambda *given: print(given[1] is sys.last_exc)
atexit.register(lambda: print(repr(sys.last_value)))
class Own:
    def __del__(self): print("gone", sys and sys.last_exc)
def f():
    own = Own()
    1 / 0
f()`
  expect((await sandbox.execute(code)).stdout).toBe(
    "True\nZeroDivisionError('division by zero')\ngone None\n",
  )
  expect((await sandbox.execute('import sys\nhasattr(sys, "last_exc")')).result).toBe(false)
})

import { expect } from 'vitest'
import { programTest } from '../fixtures/program-sandbox.ts'

/** What a program sees of its own stack, with what CPython shows to a script. */
const PROGRAMS: [what: string, code: string, stdout: string][] = [
  [
    'traceback.format_stack()',
    'import traceback\ndef f(): return "".join(traceback.format_stack())\nprint(f())',
    '  File "/workspace/main.py", line 3, in <module>\n    print(f())\n' +
      '  File "/workspace/main.py", line 2, in f\n    def f(): return "".join(traceback.format_stack())\n\n',
  ],
  [
    'traceback.extract_stack() and walk_stack()',
    `import sys, traceback
def g(): return [f.name for f in traceback.extract_stack()], len(traceback.extract_stack(limit=1)), [line for _, line in traceback.walk_stack(sys._getframe())]
def f(): return g()
print(f())`,
    "(['<module>', 'f', 'g'], 1, [2, 3, 4])\n",
  ],
  [
    'inspect.stack()',
    'import inspect\ndef depth(): return len(inspect.stack())\ndef f(): return depth(), [r.function for r in inspect.stack()]\nprint(depth(), f())',
    "2 (3, ['f', '<module>'])\n",
  ],
  [
    'logging with stack_info',
    'import logging, sys\nlogging.basicConfig(stream=sys.stdout, format="%(message)s")\nlogging.error("x", stack_info=True)',
    'x\nStack (most recent call last):\n  File "/workspace/main.py", line 3, in <module>\n    logging.error("x", stack_info=True)\n',
  ],
  [
    'a stack in a coroutine',
    'import asyncio, traceback\nasync def f(): return [s.name for s in traceback.extract_stack() if "/workspace" in s.filename or "agentchat" in s.filename]\nprint(asyncio.run(f()))',
    "['<module>', 'f']\n",
  ],
]

programTest.for(PROGRAMS)(
  '%s shows the frames of the program alone',
  async ([, code, stdout], { sandbox }) => {
    expect(await sandbox.execute(code)).toMatchObject({ error: null, stdout, stderr: '' })
    await using session = sandbox.session()
    await session.execute('kept = 1')
    expect((await session.execute(code)).stdout).toBe(stdout.replaceAll('main.py', 'cell_2.py'))
  },
)

programTest('a warning is told in each cell that gives it, and once in each', async ({ sandbox }) => {
  await using session = sandbox.session()
  const code = 'import warnings\nfor _ in range(2): warnings.warn("again")'
  for (const cell of [1, 2]) {
    const line = `/workspace/cell_${cell}.py:2: UserWarning: again\n  for _ in range(2): warnings.warn("again")\n`
    expect((await session.execute(code)).stderr).toBe(line)
  }
})

/** Warnings that no line of the program has caused. */
const WARNINGS: [what: string, code: string, stderr: RegExp][] = [
  [
    'a stack level past the program',
    'import warnings\nwarnings.warn("deep", stacklevel=2)',
    /^<sys>:0: UserWarning: deep\n$/,
  ],
  [
    'a coroutine that is the last value',
    'async def f(): pass\nf()',
    /^<sys>:0: RuntimeWarning: coroutine 'f' was never awaited\n/,
  ],
  [
    'a recorded one',
    'import sys, warnings\nwith warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter("always")\n    warnings.warn("deep", stacklevel=3)\nsys.stderr.write(seen[0].filename)',
    /^<sys>$/,
  ],
  [
    'a line of the program',
    'import warnings\nwarnings.warn("here")',
    /^\/workspace\/main\.py:2: UserWarning: here\n/,
  ],
]

programTest.for(WARNINGS)(
  'a warning names no file of the runner: %s',
  async ([, code, stderr], { sandbox }) => {
    expect((await sandbox.execute(code)).stderr).toMatch(stderr)
  },
)

import { expect } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const programTest = programTestWith({ pool: { min: 1, max: 2 } })

/** What the code stands in, the code, and its result. */
programTest.for<[string, string, unknown]>([
  ['a common indentation', '    x = 1\n    y = 2\n    x + y', 3],
  ['an indentation by tabs', '\tx = 1\n\tif x:\n\t\tx = 5\n\tx', 5],
  ['empty lines and an indentation', '\n\n  x = 1\n\n  x', 1],
  ['an indentation of texts, too', '    x = """a\n    b"""\n    x', 'a\nb'],
  ['an indented first line', '  x = 1\nx', 1],
  ['prompts', '>>> x = 1\n>>> x + 1', 2],
  ['prompts with their output', '>>> for i in range(2):\n...     print(i)\n...\n0\n1\n>>> i\n1', 1],
  ['prompts without a space', '>>>x = 4\n>>>x', 4],
  ['one prompt before code', '>>> import math\nx = math.sqrt(16)\nx', 4],
  ['one prompt before output', '>>> 6 * 7\nforty-two', 42],
  ['indented prompts', '    >>> x = 3\n    >>> x\n    3', 3],
  ['a comment before prompts', '# example\n>>> 5', 5],
  [
    'prompts of IPython',
    'In [1]: x = 1\n\nIn [2]: def f():\n   ...:     return x + 1\n   ...: \n\nIn [3]: f()\nOut[3]: 2',
    2,
  ],
  ['prompts of IPython that are Python', 'In [1]: 6 * 7\nOut[1]: 42', 42],
])('code in %s runs', async ([, code, value], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: value })
})

programTest.for<[string, string, { name: string; line: number; text: string }]>([
  ['an indentation', '    x = 1\n\n    1 / 0', { name: 'ZeroDivisionError', line: 3, text: '    1 / 0\n' }],
  ['a broken indentation', '    x = 1\n    y = (2\n', { name: 'SyntaxError', line: 2, text: 'y = (2' }],
  ['an uneven indentation', '    x = 1\n      y = 2', { name: 'IndentationError', line: 2, text: 'y = 2' }],
  ['prompts', '>>> x = 1\n>>> x\n1\n>>> 1 / 0', { name: 'ZeroDivisionError', line: 4, text: '    1 / 0\n' }],
  ['broken prompts', '>>> x = 1\n1\n>>> x +', { name: 'SyntaxError', line: 3, text: 'x +' }],
])('the error of code in %s is at its line', async ([, code, { name, line, text }], { sandbox }) => {
  const { error } = await sandbox.execute(code)
  expect(error).toMatchObject({ name, line, traceback: expect.stringContaining(text) })
})

programTest('code that only looks wrapped is left alone', async ({ sandbox }) => {
  const text = 'x = """\n    >>> 1\n    1\npip install y\n"""\nx'
  expect((await sandbox.execute(text)).result).toBe('\n    >>> 1\n    1\npip install y\n')
  const { error } = await sandbox.execute('x = [\n...\n]\nIn = {1: 2}\nIn[1] + "a"')
  expect(error).toMatchObject({ name: 'TypeError', line: 5 })
})

programTest(
  'the last result of a session is `_`, unless the program has one of its own',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    await session.execute('6 * 7')
    expect((await session.execute('_ + 1')).result).toBe(43)
    await session.execute('None')
    expect((await session.execute('_')).result).toBe(43)
    await session.execute('for _ in range(3): pass')
    await session.execute('"other"')
    expect((await session.execute('_')).result).toBe(2)
    expect((await sandbox.execute('_')).error).toMatchObject({ name: 'NameError' })
  },
)

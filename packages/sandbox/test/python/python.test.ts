import { expect } from 'vitest'
import { type CodeExecutionResult, InvalidOptionsError } from '../../src/sandbox/index.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

programTest.for<[string, string, Partial<CodeExecutionResult>]>([
  ['empty code', '', { result: null }],
  ['white space', ' \n\t\n', { result: null }],
  ['a comment', '# nothing', { result: null }],
  ['a byte order mark', '\ufeffx = 1\nx', { result: 1 }],
  ['CRLF', 'if True:\r\n    text = """a\r\nb"""\r\ntext', { result: 'a\nb' }],
  ['CR', 'x = 1\rx + 1', { result: 2 }],
  ['tabs', 'if True:\n\tx = 1\n\tif x:\n\t\tx = 3\nx', { result: 3 }],
  ['a backslash and an n', 'print("a\\nb")\nprint("c\\\\nd")', { stdout: 'a\nb\nc\\nd\n' }],
  ['several lines of output', 'print("a")\nprint()\nprint("b\\n")', { stdout: 'a\n\nb\n\n' }],
  [
    'no final newline',
    'import sys\nprint("out", end="")\nprint("err", end="", file=sys.stderr)',
    { stdout: 'out', stderr: 'err' },
  ],
  ['carriage returns', 'print("10%\\r20%\\r\\n", end="")', { stdout: '10%\r20%\r\n' }],
  ['the value of a last expression', 'x = 20\nx * 2 + 2', { result: 42 }],
  ['a last statement that is no expression', '42\nx = 1', { result: null }],
  ['__main__', 'if __name__ == "__main__":\n    print("main")', { stdout: 'main\n' }],
  ['sys.exit(0)', 'import sys\nprint("bye")\nsys.exit(0)\nprint("never")', { stdout: 'bye\n' }],
  ['sys.exit()', 'import sys\nsys.exit()', { result: null }],
  ['quit()', 'quit()\nprint("never")', { stdout: '' }],
  [
    'top-level await',
    'import asyncio\nvalues = await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0, 2))\nvalues',
    { result: [1, 2] },
  ],
  [
    'top-level async for',
    'async def count():\n    for n in range(3): yield n\n[n async for n in count()]',
    { result: [0, 1, 2] },
  ],
  [
    'asyncio.run',
    'import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    return 5\nasyncio.run(main())',
    { result: 5 },
  ],
])('execute() runs code with %s', async ([, code, expected], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ status: 'success', error: null, ...expected })
})

programTest('a traceback shows only frames of the code, with their source', async ({ sandbox }) => {
  const result = await sandbox.execute(
    'import json\n\ndef parse(text):\n    # é\n    return json.loads(text)\n\nparse("{")',
  )
  expect(result.error).toMatchObject({ kind: 'exception', name: 'JSONDecodeError', line: 5 })
  expect(result.error?.traceback).toBe(
    'Traceback (most recent call last):\n' +
      '  File "/workspace/main.py", line 7, in <module>\n    parse("{")\n    ~~~~~^^^^^\n' +
      '  File "/workspace/main.py", line 5, in parse\n    return json.loads(text)\n           ~~~~~~~~~~^^^^^^\n' +
      'json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n',
  )
})

programTest('a traceback shows causes and groups without frames of the runner', async ({ sandbox }) => {
  const result = await sandbox.execute(`
import asyncio
async def fail(text):
    await asyncio.sleep(0)
    raise KeyError(text)
async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(fail("a"))
try:
    await main()
except* KeyError as failed:
    raise ValueError("outer") from failed`)
  const { traceback = '', ...error } = result.error ?? {}
  expect(error).toMatchObject({ name: 'ValueError', message: 'outer', line: 12 })
  expect(traceback).toContain('raise KeyError(text)')
  expect(traceback).toContain('direct cause')
  const files = [...traceback.matchAll(/File "([^"]+)"/g)].map(([, file]) => file)
  expect(new Set(files)).toEqual(new Set(['/workspace/main.py']))
})

programTest('an exception of the await at top level has its line', async ({ sandbox }) => {
  const result = await sandbox.execute('async def fail():\n    raise KeyError("k")\n\nawait fail()')
  expect(result.error).toMatchObject({ name: 'KeyError', message: "'k'", line: 2 })
  expect(result.error?.traceback).toContain('line 4, in <module>\n    await fail()')
})

programTest('sys.stdout.buffer takes bytes, and a character may come in pieces', async ({ sandbox }) => {
  const result = await sandbox.execute(`
import os, sys, time
for byte in "é😀".encode():
    sys.stdout.buffer.write(bytes([byte]))
    sys.stdout.buffer.flush()
    time.sleep(0.02)
print("!", end="")
sys.stderr.buffer.write(b"\\xff\\xfe|\\xf0\\x9f")
_ = os.write(1, "\\ufeffend\\n".encode())`)
  expect(result.stdout).toBe('é😀!\ufeffend\n')
  // One sign for each run of bytes that is no character, as WHATWG has it.
  expect(result.stderr).toBe('\ufffd\ufffd|\ufffd')
})

programTest('print() of a lone surrogate is an error of the code', async ({ sandbox }) => {
  const result = await sandbox.execute('print("before")\nprint("\\ud800")')
  expect(result).toMatchObject({ stdout: 'before\n', error: { name: 'UnicodeEncodeError', line: 2 } })
})

programTest('code may replace or close its standard streams', async ({ sandbox }) => {
  const result = await sandbox.execute(
    'import io, sys\nprint("seen")\nsys.stdout.close()\nsys.stdout = io.StringIO()\nprint("hidden")\nsys.stderr = None\n5',
  )
  expect(result).toMatchObject({ status: 'success', stdout: 'seen\n', stderr: '', result: 5 })
})

programTest('execute() gives Python its arguments, its globals and its input', async ({ sandbox }) => {
  const result = await sandbox.execute(
    'import sys\nfirst = input("name? ")\nrest = sys.stdin.read()\n[sys.argv[1:], number, names, first, rest, sys.stdin.read()]',
    {
      args: ['--flag', 'two words', 'é'],
      globals: { number: 1.5, names: { list: [null, true, 'é\0'] } },
      stdin: 'Ann\nBob\nno end €',
    },
  )
  expect(result.stdout).toBe('name? ')
  expect(result.result).toEqual([
    ['--flag', 'two words', 'é'],
    1.5,
    { list: [null, true, 'é\0'] },
    'Ann',
    'Bob\nno end €',
    '',
  ])
})

programTest('execute() passes a global of any name or refuses it, and drops none', async ({ sandbox }) => {
  const globals = { constructor: 2, toString: 3, naïve: 4 }
  expect((await sandbox.execute('[constructor, toString, naïve]', { globals })).result).toEqual([2, 3, 4])
  const special = JSON.parse('{ "__proto__": 1 }')
  const passed = await sandbox.execute('__proto__', { globals: special }).catch((error: unknown) => error)
  if (!(passed instanceof InvalidOptionsError)) expect(passed).toMatchObject({ result: 1 })
})

programTest('__main__ is a module: classes of the code can be found in it', async ({ sandbox }) => {
  const { result, error } = await sandbox.execute(`
import dataclasses, pickle, sys, typing
@dataclasses.dataclass
class Node:
    value: int
    next: "typing.Optional[Node]" = None
node = Node(1, Node(2))
copy = pickle.loads(pickle.dumps(node))
[copy == node, typing.get_type_hints(Node)["next"] == typing.Optional[Node], sys.modules["__main__"].node is node]`)
  expect(error).toBeNull()
  expect(result).toEqual([true, true, true])
})

import { expect } from 'vitest'
import { programTest } from '../fixtures/program-sandbox.ts'

const CODES: [string, string][] = [
  ['sys.stdin.buffer', 'import sys\nprint(sys.stdin.buffer.readline(), sys.stdin.buffer.read())'],
  ['open(0)', 'print(list(open(0)))'],
  [
    'lines, one by one',
    'import sys\nprint([line for line in sys.stdin], sys.stdin.fileno(), sys.stdin.name)',
  ],
  ['os.read', 'import os\nprint(os.read(0, 2), os.read(0, 4), os.read(0, 100), os.read(0, 1))'],
  ['/dev/stdin', 'print(open("/dev/stdin").read().split())'],
  [
    'input() after a part',
    'import sys\nprint(sys.stdin.read(2), input(), sys.stdin.readlines())\nprint(sys.stdin is sys.__stdin__)',
  ],
  ['fileinput', 'import fileinput\nprint(list(fileinput.input()))'],
]

programTest.for(CODES)('%s reads the same from a text and from a function', async ([, code], { sandbox }) => {
  const given = await sandbox.execute(code, { stdin: 'first\nsecond é\n' })
  const lines = ['first', 'second é']
  const asked = await sandbox.execute(code, { stdin: () => lines.shift() ?? null })
  expect(given.error).toBeNull()
  expect(asked).toMatchObject({ error: null, stdout: given.stdout })
})

programTest('what a cell closes or takes away is there again in the next one', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('import os, sys\nsys.stdout.close()\nsys.stderr.detach()\nos.close(1)')
  expect((await session.execute('open(0).read()', { stdin: 'in' })).result).toBe('in')
  expect((await session.execute('input()', { stdin: 'again' })).result).toBe('again')
  const again =
    'print("out")\nprint("err", file=sys.stderr)\nprint(sys.stdout.name, sys.stderr.name, sys.stdout.mode, sys.stdin.mode)'
  expect(await session.execute(again)).toMatchObject({
    error: null,
    stdout: 'out\n<stdout> <stderr> w r\n',
    stderr: 'err\n',
  })
  await session.execute('import io\nsys.stdout = io.StringIO()\nprint("hidden")')
  expect(await session.execute('print("too")\nsys.__stdout__.write(sys.stdout.getvalue())')).toMatchObject({
    stdout: 'hidden\ntoo\n',
  })
})

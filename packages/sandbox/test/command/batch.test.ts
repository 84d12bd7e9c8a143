import { beforeAll, expect, test } from 'vitest'
import { command, prepareImage, scratchFolder, start } from '../fixtures/command.ts'

const scratch = scratchFolder()
beforeAll(prepareImage)

function linesOf(stdout: string) {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('run --batch runs each line and writes what became of it, in their order', async () => {
  const path = scratch.file(
    'programs.jsonl',
    [
      '"print(1)"',
      '{"id": 7, "code": "import sys; print(input(), sys.argv[1])", "stdin": "in", "args": ["arg"]}',
      '',
      '{"id": "bad", "code": "1/0"}',
      'print(1)',
      '{"code": "1", "files": {"x": {"path": "/etc/passwd"}}}',
      '{"code": "1", "allowNet": true}',
      '{"code": 5}',
      '{"code": "open(\'/etc/passwd\')"}',
    ].join('\r\n'),
  )
  const { stdout, stderr, exitCode } = await command(['run', '--batch', path, '--concurrency', '1'])
  const told = linesOf(stdout).map(({ index, id, result, error }) => [
    index,
    id,
    result?.stdout ?? null,
    error?.message ?? result.error?.name ?? null,
  ])
  expect(told).toEqual([
    [0, null, '1\n', null],
    [1, 7, 'in arg\n', null],
    [2, 'bad', '', 'ZeroDivisionError'],
    [3, null, null, 'line 5 is neither a JSON string nor a JSON object'],
    [4, null, null, 'line 6 has files that are no texts'],
    [5, null, null, expect.stringContaining('line 7 has "allowNet"; allowed are id, code, args')],
    [6, null, null, expect.stringContaining('"code": must be a string, got 5')],
    [7, null, '', 'FileNotFoundError'],
  ])
  expect(stderr).toMatch(/8 programs, 6 failed, [\d.]+ s/)
  expect(exitCode).toBe(1)
})

test('run --batch - reads standard input, and succeeds when all do', async () => {
  const { stdout, exitCode } = await command(['run', '--batch', '-'], { input: '"1"\n"2"' })
  expect(linesOf(stdout).map(({ result }) => [result.result, result.permissions.interpreter])).toEqual([
    [1, 'new'],
    [2, expect.stringMatching(/new|set-back/)],
  ])
  expect(exitCode).toBe(0)
})

test.each([
  [['--batch', 'none.jsonl'], 'cannot read "none.jsonl"'],
  [['--batch', '-', '-c', '1'], '--batch does not go with --code'],
  [['--batch', '-', 'script.py'], '--batch and the file "script.py" are two sources of programs'],
  [['--batch', '-', '--concurrency', '0'], 'concurrency'],
])('run %j says what is wrong', async (args, message) => {
  const { stderr, exitCode } = await command(['run', ...args])
  expect(stderr).toContain(message)
  expect(exitCode).toBe(2)
})

test('Ctrl-C ends the batch: what runs is cancelled, and what was done is there', async () => {
  const running = start(['run', '--batch', '-', '--concurrency', '1'], {
    input: '"1"\n"while True: pass"\n"3"\n',
  })
  await running.printed('"index":0')
  running.child.kill('SIGINT')
  const { stdout, exitCode } = await running.outcome
  expect(linesOf(stdout)[0]).toMatchObject({ index: 0, result: { result: 1 } })
  for (const { result } of linesOf(stdout).slice(1)) expect(result.error.kind).toBe('cancelled')
  expect(exitCode).toBe(130)
})

test('run --known-secrets-file takes what is listed out of what one program gives back, and each of a batch', async () => {
  const secret = 'q7live-4f9aKx71'
  const list = scratch.file('known-secrets', `\n  ${secret}\r\n`)
  const code = `import base64\nprint(base64.b64encode(b"${secret}").decode())\n"${secret}"`
  const one = await command(['run', '-c', code, '--known-secrets-file', list, '--json'])
  expect(JSON.parse(one.stdout)).toMatchObject({
    stdout: '[redacted:known-secret]\n',
    result: '[redacted:known-secret]',
    redactions: { 'known-secret': 3 },
  })
  const many = await command(['run', '--batch', '-', '--known-secrets-file', list], {
    input: JSON.stringify(code),
  })
  expect(linesOf(many.stdout)[0].result).toMatchObject({ result: '[redacted:known-secret]' })
  for (const told of [one, many]) expect(told.stdout + told.stderr).not.toContain(secret)

  const wrong = scratch.file('wrong', 'hide')
  const refused = await command(['run', '-c', '1', '--known-secrets-file', wrong])
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
  expect(refused.stderr).toContain(`--known-secrets-file: "${wrong}" cannot be used: line 1 must have`)
})

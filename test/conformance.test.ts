import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../scripts/conformance.mjs', import.meta.url))
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
const PROGRAMS = fixture('conformance.jsonl')
const MALFORMED = fixture('conformance-malformed.jsonl')

function conformance(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

test('conformance names each program that fails and exits with 1', async () => {
  const { code, stdout } = await conformance('--timeout', '1', PROGRAMS)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.slice(0, -1).sort()).toEqual([
    expect.stringMatching(/^endless: timeout/),
    'wrong-answer: exception, line 5: AssertionError: double(2) is not 5',
  ])
  expect(lines.at(-1)).toMatch(/^3 of 5 passed in \d+\.\d s$/)
  expect(code).toBe(1)
})

test('conformance --json gives the same as one object', async () => {
  const { code, stdout } = await conformance('--json', '--timeout', '1', '--jobs', '1', PROGRAMS)
  const report: unknown = JSON.parse(stdout)
  expect(report).toMatchObject({
    passed: 3,
    total: 5,
    failures: [
      { id: 'wrong-answer', kind: 'exception', line: 5 },
      { id: 'endless', kind: 'timeout' },
    ],
  })
  expect(code).toBe(1)
})

test('conformance says which line is malformed and runs nothing', async () => {
  const { code, stdout, stderr } = await conformance(MALFORMED)
  expect(stderr).toBe(`conformance: Cannot read "${MALFORMED}", line 2: no string "program"\n`)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

test.each([
  [[], 'name one JSONL file, got 0'],
  [['no-such-file.jsonl'], 'Cannot read "no-such-file.jsonl"'],
  [['--timeout', '0', PROGRAMS], 'Cannot use --timeout "0"'],
  [['--jobs', '1.5', PROGRAMS], 'Cannot use --jobs "1.5"'],
  [['--fast', PROGRAMS], '--fast'],
])('conformance refuses %j', async (args, message) => {
  const { code, stderr } = await conformance(...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

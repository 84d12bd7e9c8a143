import { expect } from 'vitest'
import { executeAndRecover, sandboxTestWith } from './sandbox-fixture.ts'

const MIB = 2 ** 20

const sandboxTest = sandboxTestWith({ pool: { min: 1, max: 2 }, maxOutputBytes: 1000 })

sandboxTest('maxOutputBytes cuts each stream by itself and says so', async ({ sandbox }) => {
  const result = await executeAndRecover(
    sandbox,
    'import sys\nprint("x" * 5000)\nprint("short", file=sys.stderr)',
  )
  expect(result).toMatchObject({
    status: 'success',
    stdout: 'x'.repeat(1000),
    stderr: 'short\n',
    truncated: { stdout: true, stderr: false, result: false },
    usage: { stdoutBytes: 1000, stderrBytes: 6 },
  })
  const other = await sandbox.execute('import sys\nprint("y" * 5000, file=sys.stderr)')
  expect(other).toMatchObject({ stderr: 'y'.repeat(1000), truncated: { stdout: false, stderr: true } })
})

sandboxTest('maxOutputBytes does not cut what just fits', async ({ sandbox }) => {
  const result = await sandbox.execute('print("x" * 999)')
  expect(result).toMatchObject({ stdout: `${'x'.repeat(999)}\n`, truncated: { stdout: false } })
})

sandboxTest.for([
  ['€', 3],
  ['😀', 4],
] as const)('maxOutputBytes does not cut %s in two', async ([character, size], { sandbox }) => {
  const result = await sandbox.execute(`print("-" + "${character}" * 1000)`)
  expect(result.stdout).toBe(`-${character.repeat(Math.floor(999 / size))}`)
  expect(result.truncated.stdout).toBe(true)
})

sandboxTest('stream() yields exactly the output that the result holds', async ({ sandbox }) => {
  let streamed = ''
  for await (const event of sandbox.stream('for n in range(1000): print(n, "😀")')) {
    if (event.type === 'stdout') streamed += event.text
    if (event.type === 'finished') expect(event.result.stdout).toBe(streamed)
  }
  expect(streamed.length).toBeGreaterThan(500)
})

sandboxTest('an output limit that was passed stays flagged after a time-out', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'while True: print("flood" * 40)', { timeoutSeconds: 0.5 })
  expect(result).toMatchObject({ error: { kind: 'timeout' }, truncated: { stdout: true } })
  expect(result.stdout).toBe(`${'flood'.repeat(40)}\n`.repeat(5).slice(0, 1000))
})

sandboxTest.for<[string, string]>([
  ['lines', 'line = "x" * 1_048_575\nfor _ in range(200): print(line)'],
  ['one write', 'import sys\n_ = sys.stdout.write("x" * (200 << 20))'],
  [
    'os.write',
    'import os\nblock = b"x" * (1 << 20)\nfor _ in range(200): os.write(1, block); os.write(2, block)',
  ],
])('200 MB of output as %s do not grow the host', async ([, code], { sandbox }) => {
  await sandbox.execute('print("x" * 5000)')
  const before = process.memoryUsage().rss
  const result = await executeAndRecover(sandbox, code)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB)
  expect(result).toMatchObject({ status: 'success', stdout: 'x'.repeat(1000), truncated: { stdout: true } })
})

sandboxTest.for<[string, string]>([
  ['a text', '"r" * 5000'],
  ['a text of escapes', '"\\x00" * 5000'],
  ['a list', 'list(range(5000))'],
  ['a dictionary', '{str(n): n for n in range(5000)}'],
  ['bytes', 'bytes(5000)'],
  ['an object with a huge repr', 'class Huge:\n    def __repr__(self): return "r" * 10**7\nHuge()'],
  ['an object with a huge class name', 'type("T" * 5000, (), {})()'],
  ['many large texts', '["r" * 10**6] * 100'],
])('a result that is too large is cut and flagged: %s', async ([, code], { sandbox }) => {
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({
    status: 'success',
    truncated: { stdout: false, stderr: false, result: true },
  })
  expect(JSON.stringify(result.result).length).toBeLessThanOrEqual(1024)
  expect(result.result).not.toBeNull()
})

sandboxTest('a result that is small is whole', async ({ sandbox }) => {
  const result = await sandbox.execute('["r" * 500, 1]')
  expect(result).toMatchObject({ result: ['r'.repeat(500), 1], truncated: { result: false } })
})

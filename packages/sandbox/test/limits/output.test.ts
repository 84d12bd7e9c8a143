import { expect } from 'vitest'
import { executeAndRecover, sandboxTestWith } from '../fixtures/sandbox.ts'

const MIB = 2 ** 20

const sandboxTest = sandboxTestWith({ pool: { min: 1, max: 2 }, maxOutputBytes: 1000 })

sandboxTest('maxOutputBytes keeps the head and the tail of each stream and says so', async ({ sandbox }) => {
  const result = await executeAndRecover(
    sandbox,
    'import sys\nfor n in range(1000): print(f"line {n:04}")\nprint("short", file=sys.stderr)',
  )
  const lines = Array.from({ length: 1000 }, (_, n) => `line ${String(n).padStart(4, '0')}\n`).join('')
  expect(result).toMatchObject({
    status: 'success',
    stdout: `${lines.slice(0, 500)}[... 9000 bytes left out ...]\n${lines.slice(-500)}`,
    stderr: 'short\n',
    truncated: { stdout: true, stderr: false, result: false },
    usage: { stdoutBytes: 1000, stderrBytes: 6 },
  })
  const other = await sandbox.execute('import sys\nprint("y" * 5000, file=sys.stderr)')
  expect(other).toMatchObject({
    stderr: `${'y'.repeat(500)}\n[... 4001 bytes left out ...]\n${'y'.repeat(499)}\n`,
    truncated: { stdout: false, stderr: true },
  })
})

sandboxTest(
  'maxOutputBytes keeps the tail when the code raises, and the output of both streams',
  async ({ sandbox }) => {
    const result = await sandbox.execute(
      'import sys\nprint("x" * 5000)\nprint("z" * 1001, file=sys.stderr)\nprint("the last words", end="")\n1/0',
    )
    expect(result).toMatchObject({
      error: { name: 'ZeroDivisionError' },
      truncated: { stdout: true, stderr: true },
    })
    expect(result.stdout).toMatch(/^x{500}\n\[\.\.\. 4015 bytes left out \.\.\.\]\nx{485}\nthe last words$/)
    expect(result.stderr).toMatch(/^z{500}\n\[\.\.\. 2 bytes left out \.\.\.\]\nz{499}\n$/)
  },
)

sandboxTest(
  'maxOutputBytes says that the tail is lost when the worker has to be killed',
  async ({ sandbox }) => {
    const deaf = 'while True:\n    try:\n        while True: pass\n    except BaseException: pass'
    const code = `print("x" * 5000)\n${deaf}`
    const result = await executeAndRecover(sandbox, code, { timeoutSeconds: 0.5 })
    expect(result).toMatchObject({
      error: { kind: 'timeout' },
      stdout: `${'x'.repeat(1000)}\n[... the rest was lost when Python was ended ...]\n`,
      truncated: { stdout: true, stderr: false },
    })
  },
)

sandboxTest('maxOutputBytes does not cut what just fits', async ({ sandbox }) => {
  const result = await sandbox.execute('print("x" * 999)')
  expect(result).toMatchObject({ stdout: `${'x'.repeat(999)}\n`, truncated: { stdout: false } })
})

sandboxTest.for([
  ['€', 3],
  ['😀', 4],
] as const)('maxOutputBytes does not cut %s in two', async ([character, size], { sandbox }) => {
  const result = await sandbox.execute(`print("-" + "${character}" * 1000)`)
  const head = Math.floor(499 / size)
  // The last 500 bytes end with a line break.
  const tail = Math.floor(499 / size)
  const missing = (1000 - head - tail) * size
  expect(result.stdout).toBe(
    `-${character.repeat(head)}\n[... ${missing} bytes left out ...]\n${character.repeat(tail)}\n`,
  )
  expect(result.truncated.stdout).toBe(true)
})

sandboxTest('stream() yields exactly the output that the result holds', async ({ sandbox }) => {
  let streamed = ''
  for await (const event of sandbox.stream('for n in range(100): print(n, "😀")')) {
    if (event.type === 'stdout') streamed += event.text
    if (event.type === 'finished') expect(event.result.stdout).toBe(streamed)
  }
  expect(streamed.length).toBeGreaterThan(500)
})

sandboxTest(
  'stream() yields output up to the limit as it comes, then what was left out and the tail',
  async ({ sandbox }) => {
    let streamed = ''
    for await (const event of sandbox.stream('for n in range(2000): print("%04d" % n, end="")')) {
      if (event.type === 'stdout') streamed += event.text
    }
    const all = Array.from({ length: 2000 }, (_, n) => String(n).padStart(4, '0')).join('')
    expect(streamed).toBe(`${all.slice(0, 1000)}\n[... 6500 bytes left out ...]\n${all.slice(-500)}`)
  },
)

sandboxTest(
  'stream() yields output without a gap that is hardly longer than the limit',
  async ({ sandbox }) => {
    let streamed = ''
    let kept = ''
    for await (const event of sandbox.stream('print("é" * 700, end="")')) {
      if (event.type === 'stdout') streamed += event.text
      if (event.type === 'finished') kept = event.result.stdout
    }
    expect(streamed).toBe('é'.repeat(700))
    expect(kept).toBe(`${'é'.repeat(250)}\n[... 400 bytes left out ...]\n${'é'.repeat(250)}`)
  },
)

sandboxTest('an output limit that was passed stays flagged after a time-out', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'while True: print("flood" * 40)', { timeoutSeconds: 0.5 })
  expect(result).toMatchObject({ error: { kind: 'timeout' }, truncated: { stdout: true } })
  const flood = `${'flood'.repeat(40)}\n`.repeat(5)
  const [head, tail] = result.stdout.split(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/)
  expect(head).toBe(flood.slice(0, 500))
  expect(tail).toHaveLength(500)
  expect(flood.repeat(2)).toContain(tail)
})

sandboxTest.for<[string, string]>([
  ['lines', 'line = "x" * 1_048_576\nfor _ in range(200): print(line, end="")'],
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
  const missing = 200 * MIB - 1000
  const stdout = `${'x'.repeat(500)}\n[... ${missing} bytes left out ...]\n${'x'.repeat(500)}`
  expect(result).toMatchObject({ status: 'success', stdout, truncated: { stdout: true } })
  expect(result.usage.stdoutBytes).toBe(1000)
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

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type * as Library from '../../src/sandbox/index.ts'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const MB = 1e6
const sandboxTest = sandboxTestWith({
  keepFullOutput: true,
  maxOutputBytes: 1000,
  maxFullOutputBytes: 20 * MB,
  pool: { min: 1, max: 2 },
})

sandboxTest(
  'keepFullOutput has all of a long output, and the result head and tail of it',
  async ({ sandbox }) => {
    const code = `
import sys
for n in range(20_000):
    print("line", n, "größe")
print("short", file=sys.stderr)`
    const expected = Array.from({ length: 20_000 }, (_, n) => `line ${n} größe\n`).join('')
    let streamed = ''
    let result: Awaited<ReturnType<typeof sandbox.execute>> | null = null
    for await (const event of sandbox.stream(code)) {
      if (event.type === 'stdout') streamed += event.text
      if (event.type === 'finished') result = event.result
    }
    expect(streamed).toBe(expected)
    const { fullOutput, stdout, stderr, truncated } = result ?? expect.fail('no result')
    expect(truncated).toMatchObject({ stdout: true, stderr: false })
    expect(stdout.length).toBeLessThan(1100)
    expect(stdout).toMatch(
      /^line 0 größe\n[\s\S]*\n\[\.\.\. \d+ bytes left out \.\.\.\]\n[\s\S]*line 19999 größe\n$/,
    )
    expect(fullOutput?.stdout).toMatchObject({ size: Buffer.byteLength(expected), truncated: false })
    expect(await fullOutput?.stdout.text()).toBe(expected)
    expect(stderr).toBe('short\n')
    expect(await fullOutput?.stderr.text()).toBe('short\n')
    const pieces: Uint8Array[] = []
    for await (const piece of fullOutput?.stdout.stream() ?? []) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe(expected)
  },
)

sandboxTest('keepFullOutput can be left out of one execution', async ({ sandbox }) => {
  const { fullOutput, truncated } = await sandbox.execute('print("x" * 5000)', { keepFullOutput: false })
  expect(fullOutput).toBeNull()
  expect(truncated.stdout).toBe(true)
})

sandboxTest('a program that is killed keeps all that it wrote', async ({ sandbox }) => {
  const code = 'print("a" * 5000)\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass'
  const { error, fullOutput, stdout } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.kind).toBe('timeout')
  expect(await fullOutput?.stdout.text()).toBe(`${'a'.repeat(5000)}\n`)
  expect(stdout).toMatch(/^a{500}\n\[\.\.\. 4001 bytes left out \.\.\.\]\na{499}\n$/)
})

sandboxTest(
  'past maxFullOutputBytes the rest is left out, and said; the next execution works',
  async ({ sandbox }) => {
    const code = 'block = "b" * 999_999\nfor n in range(30): print(block)\nprint("the end")'
    const { error, fullOutput, stdout } = await sandbox.execute(code)
    expect(error).toBeNull()
    expect(fullOutput?.stdout).toMatchObject({ size: 20 * MB, truncated: true })
    expect((await fullOutput?.stdout.bytes())?.length).toBe(20 * MB)
    expect(stdout).toMatch(/the end\n$/)
    expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  },
)

sandboxTest('a slow reader slows Python, loses nothing, and the host does not grow', async ({ sandbox }) => {
  const total = 15 * MB
  const code = `block = "".join(chr(97 + n % 26) for n in range(9_999)) + "\\n"\nfor n in range(${total / 10_000}): print(block, end="")`
  await sandbox.start()
  global.gc?.()
  const before = process.memoryUsage().rss
  const hash = createHash('sha256')
  let [bytes, most, pieces] = [0, 0, 0]
  for await (const event of sandbox.stream(code)) {
    if (event.type === 'stdout') {
      hash.update(event.text)
      bytes += event.text.length
      pieces += 1
      if (pieces % 20 === 0) await sleep(5)
      most = Math.max(most, process.memoryUsage().rss - before)
    }
    if (event.type !== 'finished') continue
    expect(bytes).toBe(total)
    const kept = createHash('sha256')
    for await (const piece of event.result.fullOutput?.stdout.stream() ?? []) kept.update(piece)
    expect(kept.digest('hex')).toBe(hash.digest('hex'))
  }
  // The exact figure is one of the bench; here, the whole of it would be seen several times over.
  expect(most).toBeLessThan(48 * 2 ** 20)
})

test('the whole output is gone with its sandbox, and the blocking sandbox has it, too', async () => {
  const sandbox = new PyodideSandbox({ keepFullOutput: true, maxOutputBytes: 100, pool: { min: 0, max: 1 } })
  const { fullOutput } = await sandbox.execute('print("x" * 500)')
  expect((await fullOutput?.stdout.text())?.length).toBe(501)
  await sandbox.close()
  await expect(fullOutput?.stdout.text()).rejects.toMatchObject({ code: 'file-unavailable', path: 'stdout' })
  // Its thread is a program of its own, which Node can only start when it is built.
  const built: string = '../../build/sandbox/index.js'
  const { SyncPyodideSandbox } = (await import(built)) as typeof Library
  using blocking = new SyncPyodideSandbox({ keepFullOutput: true, maxOutputBytes: 100 })
  const result = blocking.execute('import sys\nprint("y" * 500)\nprint("z", file=sys.stderr)')
  expect((await result.fullOutput?.stdout.text())?.length).toBe(501)
  expect(await result.fullOutput?.stderr.text()).toBe('z\n')
})

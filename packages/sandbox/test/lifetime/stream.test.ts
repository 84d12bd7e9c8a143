import { readdirSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type ExecutionEvent, PyodideSandbox } from '../../src/sandbox/index.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'

const MIB = 2 ** 20

const FLOOD = 'import sys\nblock = "x" * (1 << 20)\nwhile True: sys.stdout.write(block)'

/** Pipes and sockets that this process holds open. */
function openPipes(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return /^(pipe|socket):/.test(readlinkSync(`/proc/self/fd/${name}`))
    } catch {
      return false
    }
  }).length
}

/** What the workers of this process keep in the temporary folder. */
function temporaryFiles(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(`agentchat-sandbox-${process.pid}-`))
    .flatMap((name) => readdirSync(join(tmpdir(), name)))
}

test('leaving the loop over stream() ends the run and leaves nothing', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, maxOutputBytes: 2 ** 30 })
  await sandbox.execute('1')
  await expect.poll(() => denoProcesses()).toEqual([])
  await sleep(100)
  const [files, pipes] = [temporaryFiles(), openPipes()]
  for (const pause of [0, 300]) {
    for await (const event of sandbox.stream(FLOOD)) {
      if (event.type !== 'stdout') continue
      // Long enough for the queue to the reader to be full.
      await sleep(pause)
      break
    }
  }
  await expect.poll(() => denoProcesses()).toEqual([])
  await expect.poll(() => temporaryFiles().filter((name) => !files.includes(name))).toEqual([])
  await expect.poll(() => openPipes()).toBeLessThanOrEqual(pipes)
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('stream() makes Python wait for a slow reader', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 }, maxOutputBytes: 64 * MIB })
  await sandbox.start()
  const events = sandbox.stream(`
import sys, time
block = "x" * (1 << 20)
start = time.time()
for _ in range(48): sys.stdout.write(block)
print(time.time() - start, file=sys.stderr)`)
  const before = process.memoryUsage().rss
  await events.next()
  await events.next()
  await sleep(1000)
  expect(process.memoryUsage().rss - before).toBeLessThan(24 * MIB)
  let read = 0
  let seconds = 0
  for await (const event of events) {
    if (event.type === 'stdout') read += event.text.length
    if (event.type === 'finished') seconds = Number(event.result.stderr)
  }
  expect(read).toBeGreaterThan(47 * MIB)
  expect(seconds).toBeGreaterThan(0.9)
})

test('stream() yields started first and finished last, once each', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const types: string[] = []
  for await (const { type } of sandbox.stream('import sys\nprint("a")\nprint("b", file=sys.stderr)\n1/0'))
    types.push(type)
  expect(types.at(0)).toBe('started')
  expect(types.at(-1)).toBe('finished')
  expect(new Set(types.slice(1, -1))).toEqual(new Set(['stdout', 'stderr']))
})

test('stream() yields output while the code runs', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  let seen = ''
  for await (const event of sandbox.stream('print("first")\nwhile True: pass', { timeoutSeconds: 20 })) {
    if (event.type === 'stdout') seen += event.text
    if (seen === 'first\n' || event.type === 'finished') break
  }
  expect(seen).toBe('first\n')
})

test('stream() says four times a second what the run has taken so far, and the result keeps it', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const code = `import time
print("x" * 99)
held = bytes(64 * 2**20)
end = time.time() + 2.6
while time.time() < end: pass`
  const events: ExecutionEvent[] = []
  for await (const event of sandbox.stream(code)) events.push(event)
  const usage = events.filter((event) => event.type === 'usage')
  // Ten, where the machine has nothing else to do.
  expect(usage.length).toBeGreaterThan(2)
  expect(usage.length).toBeLessThan(12)
  expect(usage[0]).toMatchObject({ stdoutBytes: 100, stderrBytes: 0, packagesMs: 0 })
  expect(usage[0]?.wallMs).toBeGreaterThan(50)
  const last = usage.at(-1)
  expect(last?.cpuMs).toBeGreaterThan(100)
  expect(last?.peakMemoryBytes).toBeGreaterThan(80e6)
  expect(last?.memoryBytes).toBeGreaterThan(64 * 2 ** 20)
  expect(last?.pythonHeapBytes).toBeGreaterThan(64 * 2 ** 20)
  expect(last?.pythonHeapBytes).toBeLessThan(256 * 2 ** 20)
  const end = events.at(-1)
  if (end?.type !== 'finished') throw new Error(`the last event was ${end?.type}`)
  const { timeline } = end.result
  expect(timeline.length).toBeGreaterThanOrEqual(usage.length)
  expect(timeline.map(({ wallMs }) => wallMs)).toEqual(
    timeline.map(({ wallMs }) => wallMs).sort((one, other) => one - other),
  )
})

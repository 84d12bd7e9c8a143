import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planOf, runHostile, startHostile } from '../../../test/fixtures/hostile-runner.ts'
import { isRunning } from '../../../test/fixtures/sandbox.ts'
import { WorkerStartError } from '../errors/errors.ts'
import { Worker } from '../worker/worker.ts'

test('Worker.start() says what a process printed that ended before it was ready', async () => {
  const error: unknown = await startHostile('console.error("no such image"); process.exit(3)').catch(
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(WorkerStartError)
  expect(error).toMatchObject({ detail: 'no such image', message: expect.stringContaining('code 3') })
})

test('Worker.start() says that there is no such program', async () => {
  await expect(Worker.start(planOf('/no/such/deno', []))).rejects.toThrow(/ENOENT/)
})

test('Worker.start() stops at a signal', async () => {
  const silent = () => planOf(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await expect(Worker.start(silent(), AbortSignal.timeout(100))).rejects.toBeInstanceOf(WorkerStartError)
  await expect(Worker.start(silent(), AbortSignal.abort())).rejects.toBeInstanceOf(WorkerStartError)
})

test('runOnWorker() takes what the worker says of its output, its result and its exception', async () => {
  const result = await runHostile(
    `write(Buffer.concat([stdout('hi'), message({ ...end, result: [1] })])); sleep(5000)`,
  )
  expect(result).toMatchObject({ status: 'success', stdout: 'hi', result: [1], error: null })
})

test.each([
  ['not JSON', '"{"'],
  ['not UTF-8', 'null) ?? frame(2, Buffer.from([0x22, 0xff, 0x22])'],
  ['of no known type', '{ type: "result", value: "FORGED" }'],
  ['a second ready', '{ type: "ready" }'],
  ['the end of another run', '{ ...end, run: 2 }'],
  ['the start of another run', '{ ...started, run: 2 }'],
  ['an end with a field too many', '{ ...end, status: "success" }'],
  ['an end without its fields', '{ type: "end", run: 1 }'],
  ['an end with a key __proto__', `JSON.stringify(end).replace('{', '{"__proto__":{"polluted":1},')`],
  [
    'an end with a kind that only the host may give',
    '{ ...end, error: { kind: "timeout", name: "", message: "", traceback: "", line: null } }',
  ],
  [
    'an end with a huge text in its error',
    '{ ...end, error: { kind: "exception", name: "", message: "m".repeat(50_000), traceback: "", line: null } }',
  ],
  ['nested too deeply', `JSON.stringify(end).replace('"FORGED"', '['.repeat(40_000) + ']'.repeat(40_000))`],
  ['larger than any result may be', '{ ...end, result: "x".repeat(200_000) }'],
])('runOnWorker() ends a worker whose message is %s, even with a good one after it', async (_, value) => {
  const result = await runHostile(`write(Buffer.concat([message(${value}), message(end)])); sleep(5000)`)
  expect(result).toMatchObject({ status: 'error', result: null, error: { kind: 'crashed' } })
  expect(result.error?.message.length).toBeLessThan(1000)
  expect('polluted' in {}).toBe(false)
})

test.each([
  ['of an unknown kind', 'frame(9, Buffer.alloc(1))'],
  ['of the kind 0', 'Buffer.alloc(13)'],
  ['that the host would send', 'frame(1, Buffer.alloc(1))'],
  ['with a wrong token', 'Buffer.concat([stdout("x").subarray(0, 5), Buffer.alloc(8), Buffer.from("x")])'],
  ['longer than output may be', 'stdout("x".repeat(70_000))'],
  ['of four gigabytes', 'Buffer.concat([Buffer.from([2, 255, 255, 255, 255]), token])'],
])('runOnWorker() ends a worker that sends a frame %s', async (_, bytes) => {
  const result = await runHostile(
    `write(Buffer.concat([stdout('so far'), ${bytes}, message(end)])); sleep(5000)`,
  )
  expect(result).toMatchObject({
    status: 'error',
    result: null,
    stdout: 'so far',
    error: { kind: 'crashed' },
  })
})

test('runOnWorker() believes the first end, and the second one ends the worker', async () => {
  const result = await runHostile(
    `write(Buffer.concat([message(end), message({ ...end, result: 'AGAIN' })])); sleep(5000)`,
  )
  expect(result).toMatchObject({ status: 'success', result: 'FORGED' })
})

test.each([0, 1, 70])('runOnWorker() takes an exit with code %i without an end for a crash', async (code) => {
  const result = await runHostile(`write(stdout('so far')); process.exit(${code})`)
  expect(result).toMatchObject({ status: 'error', stdout: 'so far', error: { kind: 'crashed' } })
  expect(result.error?.message).toContain(String(code))
})

test('runOnWorker() takes half an end for a crash', async () => {
  const result = await runHostile('write(message(end).subarray(0, 40)); process.exit(0)')
  expect(result).toMatchObject({ status: 'error', result: null, error: { kind: 'crashed' } })
})

test.each([
  ['stdout', 3],
  ['stderr', 4],
] as const)('runOnWorker() stops a flood of %s by the bytes that it reads', async (stream, kind) => {
  const before = process.memoryUsage().rss
  const result = await runHostile(
    `const bytes = frame(${kind}, Buffer.alloc(60_000, 97)); for (;;) write(bytes)`,
  )
  expect(result).toMatchObject({ error: { kind: 'output' }, truncated: { [stream]: true } })
  expect(result[stream]).toBe(`${'a'.repeat(1000)}\n[... the rest was lost when Python was ended ...]\n`)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20)
})

test.each([
  [
    'empty frames',
    'const bytes = Buffer.concat(Array(5000).fill(frame(3, Buffer.alloc(0)))); for (;;) write(bytes)',
  ],
  [
    'bytes on the standard error of the process',
    'const bytes = Buffer.alloc(1 << 20, 97); for (;;) { try { writeSync(2, bytes) } catch {} }',
  ],
])('runOnWorker() stops a flood of %s before the time limit', async (_, program) => {
  const result = await runHostile(program, { timeoutSeconds: 3 })
  expect(result.error?.kind).toMatch(/^(output|crashed)$/)
})

const SHOWN = `const shown = { type: 'display', run: 1, mime: 'text/plain', data: 'x', metadata: {} }`

test.each([
  ['without a MIME type', '{ ...shown, mime: "" }'],
  ['with a huge MIME type', '{ ...shown, mime: "m".repeat(201) }'],
  ['with metadata that is a list', '{ ...shown, metadata: [] }'],
  ['with a field too many', '{ ...shown, status: "success" }'],
  ['without data', '{ ...shown, data: undefined }'],
  ['larger than any display may be', '{ ...shown, data: "x".repeat(18 << 20) }'],
])('runOnWorker() ends a worker that shows something %s', async (_, value) => {
  const result = await runHostile(
    `${SHOWN}; write(Buffer.concat([message(shown), message(${value}), message(end)])); sleep(5000)`,
  )
  expect(result).toMatchObject({ error: { kind: 'crashed' }, displays: [{ mime: 'text/plain' }] })
})

test('runOnWorker() ignores what is shown for another run', async () => {
  const result = await runHostile(
    `${SHOWN}; write(Buffer.concat([message({ ...shown, run: 2 }), message(end)])); sleep(5000)`,
  )
  expect(result).toMatchObject({ status: 'success', displays: [] })
})

test('runOnWorker() stops a flood of displays by their number', async () => {
  const result = await runHostile(`${SHOWN}; const bytes = message(shown); for (;;) write(bytes)`)
  expect(result).toMatchObject({ error: { kind: 'output' } })
  expect(result.displays.length).toBeLessThanOrEqual(1100)
})

test('runOnWorker() keeps a cut flag that it sees itself, whatever the worker says', async () => {
  const result = await runHostile(
    'write(Buffer.concat([stdout("x".repeat(2000)), message(end)])); sleep(5000)',
  )
  const stdout = `${'x'.repeat(500)}\n[... 1000 bytes left out ...]\n${'x'.repeat(500)}`
  expect(result).toMatchObject({ stdout, truncated: { stdout: true } })
})

test.each([
  ['a silent worker', 'for (;;);'],
  ['a worker that says again and again that it has begun', 'for (;;) { write(message(started)); sleep(50) }'],
  ['an end that comes after it', 'sleep(500); write(message(end)); for (;;);'],
  [
    'a worker that ignores signals',
    `for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {}); for (;;);`,
  ],
])('runOnWorker() holds the time limit against %s', async (_, program) => {
  const result = await runHostile(program, { timeoutSeconds: 0.3 })
  expect(result).toMatchObject({ status: 'error', result: null, error: { kind: 'timeout' } })
  expect(result.executionTime).toBeLessThan(5)
})

test('runOnWorker() measures CPU time and memory itself', async () => {
  const cpu = await runHostile('for (;;);', { cpuSeconds: 0.3, timeoutSeconds: 10 })
  expect(cpu).toMatchObject({ error: { kind: 'cpu' } })
  const thread = `new (require('node:worker_threads').Worker)('for (;;);', { eval: true }); setInterval(() => {}, 1000)`
  expect(await runHostile(thread, { cpuSeconds: 0.3, timeoutSeconds: 10 })).toMatchObject({
    error: { kind: 'cpu' },
  })
  const memory = await runHostile('const held = []; for (;;) held.push(Buffer.alloc(8 << 20, 1))', {
    memoryLimitMb: 64,
  })
  expect(memory).toMatchObject({ error: { kind: 'memory' } })
  expect(memory.usage.peakMemoryBytes).toBeGreaterThan(256 * 2 ** 20)
})

test('runOnWorker() kills what the worker started', async () => {
  const program = `
    const child = require('node:child_process').spawn('/bin/sleep', ['1000'], { stdio: 'inherit' })
    write(message({ ...end, result: child.pid })); sleep(5000)`
  const { result } = await runHostile(program)
  await expect.poll(() => isRunning(result as number)).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'runOnWorker() ends a worker that writes far more to files than it may, even when its own count says less',
  async () => {
    const path = join(tmpdir(), `agentchat-test-${randomUUID()}`)
    const program = `
const { openSync, unlinkSync } = require('node:fs')
const file = openSync('${path}', 'w')
unlinkSync('${path}')
const chunk = Buffer.alloc(2 ** 20)
for (;;) { writeSync(file, chunk, 0, chunk.length, 0) }`
    const result = await runHostile(program, { allowWrite: true, maxWriteBytes: 1000 })
    expect(result.error).toMatchObject({ kind: 'output', name: 'WriteLimitError' })
    expect(result.error?.message).toContain('maxWriteBytes')
  },
)

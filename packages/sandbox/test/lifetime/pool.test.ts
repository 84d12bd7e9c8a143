import { readdirSync } from 'node:fs'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { collect, PyodideSandbox, QueueFullError, SandboxClosedError } from '../../src/sandbox/index.ts'
import { denoProcesses, isRunning } from '../fixtures/sandbox.ts'

const MIB = 2 ** 20
const FLOOD = 'import sys\nblock = "x" * (1 << 20)\nwhile True: sys.stdout.write(block)'

/** What the workers of this process keep in the temporary folder. */
function temporaryFiles(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(`agentchat-sandbox-${process.pid}-`))
    .flatMap((name) => readdirSync(join(tmpdir(), name)))
}

/** The same events; leaving a loop over them does not end them. */
function withoutReturn<Value>(events: AsyncIterator<Value>): AsyncIterable<Value> {
  return { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }
}

test('start() warms pool.min workers, and execute() takes a warm one', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 2, max: 2 } })
  expect(denoProcesses()).toEqual([])
  const began = performance.now()
  await sandbox.start()
  const coldMs = performance.now() - began
  const warm = denoProcesses()
  expect(warm.length).toBe(2)
  const { usage } = await sandbox.execute('40+2')
  expect(usage.queueMs + usage.startMs).toBeLessThan(coldMs / 2)
  await expect.poll(() => denoProcesses().filter((pid) => warm.includes(pid)).length).toBe(1)
  await expect.poll(() => denoProcesses().length).toBe(2)
})

test('new PyodideSandbox() starts nothing, and pool.min 0 keeps nothing warm', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 } })
  await sandbox.start()
  expect(denoProcesses()).toEqual([])
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  await sleep(300)
  await expect.poll(() => denoProcesses()).toEqual([])
})

test('pool.priority "low" puts workers back from their start', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, priority: 'low' } })
  await sandbox.start()
  expect(denoProcesses().map(getPriority)).toEqual(denoProcesses().map(() => 10))
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('pool.max holds, and those who wait are served in order', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 2, max: 2 } })
  await sandbox.start()
  const code = 'import time\nstart = time.time()\ntime.sleep(0.5)\n[start, time.time()]'
  const results = await Promise.all(Array.from({ length: 6 }, () => sandbox.execute(code)))
  const spans = results.map(({ result }) => result as [number, number])
  const overlaps = spans.map(([start]) => spans.filter(([from, to]) => from <= start && start < to).length)
  expect(Math.max(...overlaps)).toBe(2)
  // Two run side by side, so only every other one is bound to come later.
  for (let index = 2; index < spans.length; index++) {
    expect(spans[index]?.[0]).toBeGreaterThan(spans[index - 2]?.[0] ?? 0)
  }
  expect(results[0]?.usage.queueMs).toBeLessThan(400)
  expect(results[5]?.usage.queueMs).toBeGreaterThan(900)
})

test('pool.maxQueue refuses who comes too late, and the others are served', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1, maxQueue: 2 } })
  const code = 'import time\ntime.sleep(0.2)\n42'
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => sandbox.execute(code)))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  const { reason } = outcomes[3] as PromiseRejectedResult
  expect(reason).toBeInstanceOf(QueueFullError)
  expect(reason).toMatchObject({ code: 'queue-full', waiting: 2 })
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('a signal that is aborted while the execution waits gives up its place in the queue', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1, maxQueue: 1 } })
  await sandbox.start()
  const first = sandbox.execute('import time\ntime.sleep(1)\n"first"')
  const waiting = sandbox.execute('print("ran")', { signal: AbortSignal.timeout(200) })
  expect(await waiting).toMatchObject({ stdout: '', error: { kind: 'cancelled' } })
  // The place in the queue is free again.
  const third = sandbox.execute('"third"')
  expect([(await first).result, (await third).result]).toEqual(['first', 'third'])
})

test('execute() starts from nothing: no state of an earlier run is left', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const found = `
import os, sys, builtins, json, pathlib, tempfile
[name in globals() for name in ("leak",)] + [hasattr(builtins, "leak"), hasattr(json, "leak"), "leak" in sys.modules,
 "LEAK" in os.environ, os.path.exists("/tmp/leak"), os.path.exists("leak"), os.getcwd() != "/workspace",
 any(pathlib.Path(tempfile.gettempdir()).iterdir()), "/leak" in sys.path, sys.getrecursionlimit() == 4321]`
  const leave = `
leak = builtins.leak = json.leak = 1
sys.modules["leak"] = sys
os.environ["LEAK"] = "1"
sys.setrecursionlimit(4321)
sys.path.append("/leak")
for path in ("/tmp/leak", "leak"):
    with open(path, "w") as file: file.write("leak")
os.chdir("/tmp")`
  const clean = await sandbox.execute(found)
  expect(clean.result).toEqual(Array(11).fill(false))
  const { result, error } = await sandbox.execute(`${found}\n${leave}\n${found}`)
  expect(error).toBeNull()
  expect(result).toEqual(Array(11).fill(true))
  expect((await sandbox.execute(found)).result).toEqual(clean.result)
})

test('execute() starts from nothing: what an earlier run did to JavaScript is gone', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const prototype = 'from pyodide.ffi import to_js\nprototype = to_js([]).constructor.prototype'
  const leave = `${prototype}\nprototype.leak = 1\nto_js([]).leak`
  expect((await sandbox.execute(leave)).result).toBe(1)
  expect((await sandbox.execute(`${prototype}\nhasattr(to_js([]), "leak")`)).result).toBe(false)
})

test('an idle worker that somebody killed is replaced', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  await sandbox.start()
  const [killed = 0] = denoProcesses()
  process.kill(killed, 'SIGKILL')
  await expect.poll(() => denoProcesses().filter((pid) => pid !== killed).length).toBe(1)
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('a worker that somebody kills at work is a crash, and the next execution works', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  await sandbox.start()
  const [pid = 0] = denoProcesses()
  let result: unknown
  for await (const event of sandbox.stream('print("so far", end="")\nwhile True: pass')) {
    if (event.type === 'stdout') process.kill(pid, 'SIGKILL')
    if (event.type === 'finished') result = event.result
  }
  expect(result).toMatchObject({ stdout: 'so far', error: { kind: 'crashed' } })
  expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
})

test('close() ends a run in progress, which keeps its output, and refuses who waits', async () => {
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  const events = sandbox.stream('print("so far", end="")\nwhile True: pass')
  for await (const event of withoutReturn(events)) if (event.type === 'stdout') break
  const waiting = sandbox.execute('1').catch((error: unknown) => error)
  const workers = denoProcesses()
  expect(workers.length).toBeGreaterThan(0)
  await sandbox.close()
  await expect.poll(() => workers.filter(isRunning)).toEqual([])
  expect(await collect(events)).toMatchObject({ stdout: 'so far', error: { kind: 'crashed' } })
  expect(await waiting).toBeInstanceOf(SandboxClosedError)
})

test('close() may come twice, before anything was started and while workers start', async () => {
  const unused = new PyodideSandbox()
  await unused.close()
  await expect(unused.execute('1')).rejects.toBeInstanceOf(SandboxClosedError)

  const sandbox = new PyodideSandbox({ pool: { min: 2, max: 2 } })
  const starting = sandbox.start().catch((error: unknown) => error)
  await Promise.all([sandbox.close(), sandbox.close()])
  await sandbox.close()
  expect(await starting).toBeInstanceOf(SandboxClosedError)
  await expect.poll(() => denoProcesses()).toEqual([])
  await expect(sandbox.execute('1')).rejects.toBeInstanceOf(SandboxClosedError)
  await expect(sandbox.start()).rejects.toMatchObject({ code: 'sandbox-closed' })
})

test('close() waits for the processes of runs that have just ended', async () => {
  const before = temporaryFiles()
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 2 } })
  await Promise.all([sandbox.execute('1'), sandbox.execute('2')])
  await sandbox.close()
  // Taken away last, when the process has ended.
  expect(temporaryFiles().filter((name) => !before.includes(name))).toEqual([])
  await expect.poll(() => denoProcesses()).toEqual([])
})

test('close() does not wait for a reader that reads no more', async () => {
  const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, maxOutputBytes: 2 ** 30 })
  const events = sandbox.stream(FLOOD)
  for (let count = 0; count < 3; count++) await events.next()
  await sleep(300)
  expect(await Promise.race([sandbox.close().then(() => 'closed'), sleep(60_000, 'hangs')])).toBe('closed')
  let last: unknown
  for await (const event of events) last = event
  expect(last).toMatchObject({ type: 'finished', result: { error: { kind: 'crashed' } } })
})

test('workers of one image share no luck, and their clock is right', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 2, max: 2 } })
  await sandbox.start()
  const code = `
import os, random, secrets, tempfile, time, uuid
from datetime import datetime, timezone
[[random.random(), random.getrandbits(64), random.Random().random(), str(uuid.uuid4()), str(uuid.uuid1()),
  secrets.token_hex(), os.urandom(16).hex(), tempfile.mktemp()],
 time.time(), datetime.now(timezone.utc).timestamp()]`
  const before = Date.now() / 1000
  const results = await Promise.all([sandbox.execute(code), sandbox.execute(code)])
  const after = Date.now() / 1000
  const [first, second] = results.map(({ result }) => result as [unknown[], number, number])
  expect(first?.[0].length).toBe(8)
  for (const [index, draw] of (first?.[0] ?? []).entries()) expect(draw).not.toEqual(second?.[0][index])
  for (const time of [...(first ?? []), ...(second ?? [])].filter((item) => typeof item === 'number')) {
    expect(time).toBeGreaterThan(before - 1)
    expect(time).toBeLessThan(after + 1)
  }
})

test('48 callers at once on pool.max 2 are all answered (128 in the bench)', async () => {
  await using sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 } })
  await sandbox.start()
  const before = process.memoryUsage().rss
  const most = { workers: 0 }
  const counting = setInterval(() => {
    most.workers = Math.max(most.workers, denoProcesses().length)
  }, 100)
  const results = await Promise.all(
    Array.from({ length: 48 }, (_, n) => sandbox.execute(`print(${n})\n${n} * 2`)),
  )
  clearInterval(counting)
  expect(results.map(({ result }) => result)).toEqual(Array.from({ length: 48 }, (_, n) => n * 2))
  expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 48 }, (_, n) => `${n}\n`))
  // Two at work, and the next two start while those of before still end.
  expect(most.workers).toBeLessThanOrEqual(6)
  expect(process.memoryUsage().rss - before).toBeLessThan(48 * MIB)
  await sandbox.close()
  await expect.poll(() => denoProcesses()).toEqual([])
})

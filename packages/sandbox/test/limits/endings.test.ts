import { getEventListeners, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type ExecutionEvent, Places, PyodideSandbox } from '../../src/sandbox/index.ts'
import { denoProcesses, isRunning, sandboxTestWith } from '../fixtures/sandbox.ts'

const sandboxTest = sandboxTestWith({ pool: { min: 1, max: 2 }, maxLiveSessions: 1 })

/** How long it takes from the abort to the result of what waits, in milliseconds; it waits when `waits` says so. */
async function abortTime(
  start: (signal: AbortSignal) => Promise<{ readonly error: { readonly kind: string } | null }>,
  waits?: () => boolean,
): Promise<number> {
  const controller = new AbortController()
  const running = start(controller.signal)
  if (waits === undefined) await sleep(200)
  else await expect.poll(waits).toBe(true)
  const aborted = performance.now()
  controller.abort()
  expect(await running).toMatchObject({ error: { kind: 'cancelled' } })
  const took = performance.now() - aborted
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  return took
}

/** 100 ms are promised; the machine of a test may stand still for a while. */
const SOON_MS = 400
const SLEEP = 'import time\nfor _ in range(300): time.sleep(0.02)'

sandboxTest('an abort reaches an execution that waits for its turn in a session', async ({ sandbox }) => {
  await using session = sandbox.session()
  await session.execute('x = 1')
  const busy = new AbortController()
  const first = session.execute(SLEEP, { signal: busy.signal })
  expect(await abortTime((signal) => session.execute('x = 2', { signal }))).toBeLessThan(SOON_MS)
  busy.abort()
  await first
  expect((await session.execute('x')).result).toBe(1)
})

sandboxTest('an abort reaches a session that waits for a live one to rest', async ({ sandbox }) => {
  await using session = sandbox.session()
  await using other = sandbox.session()
  const busy = new AbortController()
  const first = session.execute(SLEEP, { signal: busy.signal })
  expect(await abortTime((signal) => other.execute('1', { signal }))).toBeLessThan(SOON_MS)
  busy.abort()
  await first
  // Nothing of the one that has gone stands in the way.
  expect((await other.execute('2')).result).toBe(2)
})

sandboxTest(
  'an abort reaches an execution whose input never comes, and the input is told',
  async ({ sandbox }) => {
    let told = 0
    let asked = 0
    const endless = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => {
          asked += 1
          return new Promise<never>(() => {})
        },
        return: async () => {
          told += 1
          return { done: true as const, value: undefined }
        },
      }),
    })
    const files = { 'in.txt': endless() }
    const start = (signal: AbortSignal) => sandbox.execute('1', { files, signal })
    expect(await abortTime(start, () => asked === 1)).toBeLessThan(SOON_MS)
    await using session = sandbox.session()
    await session.execute('x = 1')
    const inSession = (signal: AbortSignal) => session.execute('1', { files, signal })
    expect(await abortTime(inSession, () => asked === 2)).toBeLessThan(SOON_MS)
    expect(told).toBe(2)
    expect((await session.execute('x')).result).toBe(1)
  },
)

sandboxTest('an abort reaches Python that waits for a line which never comes', async ({ sandbox }) => {
  let asked = false
  const stdin = () => {
    asked = true
    return new Promise<string>(() => {})
  }
  const start = (signal: AbortSignal) => sandbox.execute('input("? ")', { stdin, signal })
  expect(await abortTime(start, () => asked)).toBeLessThan(SOON_MS)
})

test('close() does not wait for an input that never comes', async () => {
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
  await sandbox.start()
  let asked = false
  const endless = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        asked = true
        return new Promise<never>(() => {})
      },
    }),
  }
  const running = sandbox.execute('1', { files: { a: endless } })
  await expect.poll(() => asked).toBe(true)
  await sandbox.close()
  expect(await running).toMatchObject({ error: { kind: 'crashed' } })
})

/** CPU time of a process so far, in milliseconds. */
async function cpuOf(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const SPIN = `
import asyncio, time
async def spin():
    while True:
        time.process_time()
        await asyncio.sleep(0)
task = asyncio.ensure_future(spin())`

test.runIf(process.platform === 'linux')(
  'what code of a session leaves under way takes no processor between its runs, and goes on in the next',
  async () => {
    const others = denoProcesses()
    await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
    const session = sandbox.session()
    await session.execute(
      `${SPIN}\nbeats = 0\nasync def beat():\n    global beats\n    while True:\n        beats += 1\n        await asyncio.sleep(0.01)\nother = asyncio.ensure_future(beat())`,
    )
    const [pid = 0] = denoProcesses().filter((each) => !others.includes(each))
    await sleep(1000)
    const before = await cpuOf(pid)
    await sleep(1500)
    expect((await cpuOf(pid)) - before).toBeLessThan(100)
    const { result } = await session.execute(
      'import asyncio\nfirst = beats\nawait asyncio.sleep(0.5)\nbeats - first',
    )
    expect(result).toBeGreaterThan(0)
    await session.close()
    await expect.poll(() => isRunning(pid)).toBe(false)
  },
)

test.runIf(process.platform === 'linux')(
  'a task that keeps a session from being kept is ended and charged to the next result',
  async () => {
    await using sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
    const session = sandbox.session()
    await session.execute('x = 1')
    const { usage } = await session.execute(
      'import asyncio\nasync def spin():\n    while True: pass\nx = 2\ntask = asyncio.ensure_future(spin())',
    )
    expect(usage.cpuMs).toBeLessThan(1000)
    const next = await session.execute('x')
    expect(next).toMatchObject({ result: 1, sessionRestored: { reason: 'crashed' } })
    expect(next.usage.cpuMs).toBeGreaterThan(1000)
    expect(next.usage.cpuMs).toBeLessThan(15_000)
  },
)

test('several sandboxes share their places', async () => {
  const places = new Places({ max: 1 })
  await using one = new PyodideSandbox({ pool: { min: 0, places } })
  const other = new PyodideSandbox({ pool: { min: 0, places } })
  const code = 'import time\nstart = time.time()\ntime.sleep(0.3)\n[start, time.time()]'
  const results = await Promise.all([one, other, one].map((each) => each.execute(code)))
  const spans = results.map(({ result }) => result as [number, number]).sort(([a], [b]) => a - b)
  for (const [index, [start]] of spans.entries())
    expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0)
  await other.close()
  await expect(other.execute('1')).rejects.toMatchObject({ code: 'sandbox-closed' })
  expect((await one.execute('40+2')).result).toBe(42)
  expect(() => new PyodideSandbox({ pool: { max: 2, places } })).toThrow(/pool\.places/)
})

sandboxTest('prompts wait for a reader who is slow', async ({ sandbox }) => {
  let asked = 0
  const stdin = () => {
    asked += 1
    return 'line'
  }
  const events = sandbox.stream('for _ in range(100_000): input("?" * 20_000)', { stdin, timeoutSeconds: 60 })
  const seen: ExecutionEvent['type'][] = []
  for (let count = 0; count < 3; count++) seen.push((await events.next()).value?.type ?? 'finished')
  await sleep(1500)
  expect(seen).toContain('input-request')
  expect(asked).toBeLessThan(80)
  await events.return()
})

test('new PyodideSandbox() and its close() leave no temporary folder', async () => {
  const { spawn } = await import('node:child_process')
  const { readdirSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const library = new URL('../../build/sandbox/index.js', import.meta.url).href
  const code = `
    const { PyodideSandbox, SyncPyodideSandbox } = await import(${JSON.stringify(library)})
    new PyodideSandbox(); new SyncPyodideSandbox(); await new PyodideSandbox().close()
    console.log('made'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const left = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${child.pid}-`))
  expect(left()).toEqual([])
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(left()).toEqual([])
})

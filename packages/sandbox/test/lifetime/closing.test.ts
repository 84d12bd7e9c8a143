import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { Image } from '../../src/sandbox/image/image.ts'
import { BASE_RECIPE } from '../../src/sandbox/image/recipe.ts'
import { PyodideSandbox, type SessionStore } from '../../src/sandbox/index.ts'
import { Places } from '../../src/sandbox/places.ts'
import type { Worker } from '../../src/sandbox/worker/worker.ts'
import { WorkerPool } from '../../src/sandbox/workers/pool.ts'
import { denoProcesses, isRunning } from '../fixtures/sandbox.ts'

const LIBRARY = new URL('../../build/sandbox/index.js', import.meta.url).href
const children: ChildProcessByStdio<null, Readable, null>[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function emptyCache(): string {
  const cacheDir = mkdtempSync(join(tmpdir(), 'agentchat-test-cache-'))
  onTestFinished(() => rmSync(cacheDir, { recursive: true, force: true }))
  return cacheDir
}

test('close() finds a worker that is being handed out, at whatever moment it comes', async () => {
  const image = new Image(BASE_RECIPE, {
    cacheDir: process.env.AGENTCHAT_CACHE_DIR ?? '',
    isolation: 'deno',
    onProgress() {},
  })
  for (let steps = 0; steps < 9; steps++) {
    let started: Worker | null = null
    let closing: Promise<void> | null = null
    const pool: WorkerPool = new WorkerPool(0, new Places({ max: 1 }), async (signal) => {
      const worker = await image.startWorker(2 ** 20, signal)
      started = worker
      let step = Promise.resolve()
      for (let count = 0; count < steps; count++) step = step.then(() => {})
      step.then(() => {
        closing = pool.close()
      })
      return worker
    })
    await pool.lease(undefined).catch(() => {})
    await closing
    expect({ steps, alive: (started as Worker | null)?.alive }).toEqual({ steps, alive: false })
  }
  expect(denoProcesses()).toEqual([])
})

test('close() ends the build of an image that nobody else waits for', async () => {
  const cacheDir = emptyCache()
  const sandbox = new PyodideSandbox({ cacheDir, pool: { min: 1, max: 1 } })
  const starting = sandbox.start().catch((error: unknown) => error)
  await expect.poll(() => denoProcesses().length).toBe(1)
  const builders = denoProcesses()
  const began = performance.now()
  await sandbox.close()
  expect(performance.now() - began).toBeLessThan(5000)
  await expect.poll(() => builders.filter(isRunning)).toEqual([])
  expect(await starting).toMatchObject({ code: 'sandbox-closed' })
  expect(
    readdirSync(cacheDir, { recursive: true }).filter((name) => /building|heap/.test(String(name))),
  ).toEqual([])
})

test('a build that somebody else waits for goes on when one sandbox is closed', async () => {
  const cacheDir = emptyCache()
  const one = new PyodideSandbox({ cacheDir, pool: { min: 1, max: 1 } })
  await using other = new PyodideSandbox({ cacheDir, pool: { min: 0, max: 1 } })
  const starting = one.start().catch((error: unknown) => error)
  const running = other.execute('40+2')
  await expect.poll(() => denoProcesses().length).toBe(1)
  await one.close()
  expect(await starting).toMatchObject({ code: 'sandbox-closed' })
  expect(await running).toMatchObject({ result: 42 })
})

test('close() closes everything also when a part of it fails', async () => {
  const store: SessionStore = {
    claim: async (id) => ({
      id,
      async [Symbol.asyncDispose]() {
        throw new Error('the store is broken')
      },
    }),
    save: async () => {},
    load: async () => null,
    inspect: async () => null,
    list: async () => [],
    remove: async () => {},
  }
  const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 }, sessionStore: store })
  await sandbox.session({ id: 'a' }).execute('1')
  await expect(sandbox.close()).rejects.toThrow('the store is broken')
  expect(denoProcesses()).toEqual([])
  // Nobody gets a session after that, and nothing is claimed for one.
  await expect(sandbox.session({ id: 'b' }).execute('1')).rejects.toMatchObject({ code: 'session-closed' })
})

test('what cannot be cleaned up after a worker does not end the host', async () => {
  const program = `
    import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { join } from 'node:path'
    const { PyodideSandbox } = await import(${JSON.stringify(LIBRARY)})
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 } })
    for await (const event of sandbox.stream('print(1, flush=True)\\nimport time\\ntime.sleep(1)')) {
      if (event.type !== 'stdout') continue
      const name = readdirSync(tmpdir()).find((each) => each.startsWith('agentchat-sandbox-' + process.pid + '-'))
      const root = join(tmpdir(), name)
      rmSync(root, { recursive: true })
      // Nothing can be removed from a file.
      writeFileSync(root, '')
    }
    await sandbox.close()
    await new Promise((resolve) => setTimeout(resolve, 200))
    console.log('alive')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  const [said, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'exit'), sleep(0)])
  expect({ said: said.join(''), code }).toEqual({ said: 'alive\n', code: 0 })
})

import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type * as Library from '../../src/sandbox/index.ts'

// Its thread is a program of its own, which Node can only start when it is built.
const built: string = '../../build/sandbox/index.js'
const { SyncPyodideSandbox } = (await import(built)) as typeof Library

test('SyncPyodideSandbox.close() closes no descriptor of its host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const sandbox = new SyncPyodideSandbox({ pool: { min: 0, max: 1 } })
  // Long enough for the notes of the worker to be read by a stream, which closes the descriptor itself.
  for (let count = 0; count < 2; count++) sandbox.execute('import time\ntime.sleep(0.2)')
  const descriptors = Array.from({ length: 40 }, (_, index) => openSync(join(folder, `f${index}`), 'w'))
  sandbox.close()
  // The thread ends a little later.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
  expect(descriptors.map((each) => fstatSync(each).isFile())).toEqual(descriptors.map(() => true))
  for (const each of descriptors) closeSync(each)
})

test('SyncPyodideSandbox keeps nothing of a result but what is on disk', async () => {
  using sandbox = new SyncPyodideSandbox({ pool: { min: 0, max: 1 }, maxOutputBytes: 2 ** 24 })
  const code = 'open("a", "w").write("x")\nprint("y" * (12 * 2**20))'
  const run = () => sandbox.execute(code).files[0]
  const first = run()
  for (let count = 0; count < 3; count++) run()
  const before = process.memoryUsage().rss
  for (let count = 0; count < 12; count++) run()
  expect(process.memoryUsage().rss - before).toBeLessThan(120 * 2 ** 20)
  expect(await first?.text()).toBe('x')
})

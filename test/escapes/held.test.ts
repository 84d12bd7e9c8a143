import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { folderWith } from '../../packages/sandbox/test/fixtures/wheels.ts'
import { expectHeld, HeldGauge } from './held.ts'

const MIB = 2 ** 20

/** Holds the event loop. */
function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('HeldGauge sees a loop that serves nobody, memory and files, also those that are gone', async () => {
  using folder = folderWith()
  using gauge = new HeldGauge([folder.path])
  await sleep(20)
  spin(200)
  const file = join(folder.path, 'large')
  writeFileSync(file, Buffer.alloc(3 * MIB))
  const bytes = Buffer.alloc(300 * MIB, 1)
  await sleep(150)
  writeFileSync(file, '')
  const { loopMs, memoryBytes, diskBytes } = gauge.held
  // Where others have the core, less of the time was ours.
  expect(loopMs).toBeGreaterThan(90)
  // Meanwhile the process gives back what other files of tests have left.
  expect(memoryBytes).toBeGreaterThan(bytes.length / 2)
  expect(diskBytes).toBe(3 * MIB)
})

test('expectHeld() passes work in slices, gives what came of it, and fails work in one piece', async () => {
  const slices = async () => {
    for (let slice = 0; slice < 20; slice++) {
      spin(10)
      await sleep(1)
    }
    return 'done'
  }
  expect(await expectHeld(slices)).toBe('done')
  await expect(expectHeld(async () => spin(400))).rejects.toThrow(/past what is allowed/)
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { folderWith } from '../../packages/sandbox/test/fixtures/wheels.ts'
import { expectHeld, HeldGauge } from './held.ts'

const MIB = 2 ** 20
/** Where others have the core, a gauge may take their time for ours. */
const RETRY = 2

/** Holds the event loop, for so long of the processor's time: where others have the core that takes longer. */
function spin(ms: number): void {
  const spent = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  for (const end = spent() + ms; spent() < end; );
}

test('HeldGauge sees a loop that serves nobody, memory and files, also those that are gone', {
  retry: RETRY,
}, async () => {
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

test('expectHeld() passes work in slices, gives what came of it, and fails work in one piece', {
  retry: RETRY,
}, async () => {
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

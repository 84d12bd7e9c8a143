import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Runs a program of `bench/soak`, which has the same figures at full length. */
async function soak(name: string, count: number): Promise<Record<string, unknown>> {
  const path = fileURLToPath(new URL(`../bench/soak/${name}.mjs`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, String(count)])
  return JSON.parse(stdout) as Record<string, unknown>
}

test('kept sessions survive kill -9 of hosts and workers at random moments', async () => {
  expect(await soak('session-kills', 4)).toMatchObject({ kills: 4, problems: [] })
})

test('kept sessions wake up in random order, two workers at a time', async () => {
  const report = await soak('session-wakes', 6)
  expect(report).toMatchObject({ count: 6, lost: 0, mixedUp: 0, problems: [] })
  expect(report.mostWorkers).toBeLessThanOrEqual(2)
})

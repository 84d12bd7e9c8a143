import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** The programs of the bench, which take minutes there, for some seconds. */
async function soak(name: string, ...args: number[]) {
  const path = fileURLToPath(new URL(`../bench/soak/${name}`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args.map(String)], {
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout)
}

test('killed at random moments while it writes, serve loses nothing that it acknowledged and leaves nothing running', async () => {
  const found = await soak('service-kills.mjs', 2)
  expect(found).toMatchObject({ kills: 2, lost: [], running: [], open: 0, unexpected: [] })
  expect(found.acknowledged).toBeGreaterThan(0)
})

test('killed at random moments while sessions run, serve loses none of them, and its database agrees with its folder', async () => {
  const found = await soak('service-session-kills.mjs', 1)
  expect(found).toMatchObject({ kills: 1, lost: [], problems: [] })
  expect(found.made + found.executions).toBeGreaterThan(0)
})

test('with more clients than it can serve at once, serve answers every one and refuses with a reason', async () => {
  const found = await soak('service-clients.mjs', 40, 2)
  expect(found).toMatchObject({ refusedWithoutReason: 0, hanging: 0, broken: 0, running: 0 })
  const statuses = Object.keys(found.statuses).sort()
  expect(statuses.filter((each) => !/^(read 200|execute 200|execute 429)$/.test(each))).toEqual([])
  expect(statuses).toEqual(expect.arrayContaining(['read 200', 'execute 200']))
})

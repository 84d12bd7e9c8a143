import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('examples/tour.mjs shows what each program came to, and ends by itself', () => {
  const tour = fileURLToPath(new URL('../examples/tour.mjs', import.meta.url))
  const { pid, status, stdout } = spawnSync(process.execPath, [tour], { encoding: 'utf8', timeout: 300_000 })
  expect(status).toBe(0)
  const statuses = [...stdout.matchAll(/^ {3}status {2}(\w+)/gm)].map(([, name]) => name)
  expect(statuses).toEqual(['success', 'success', 'error', 'error', 'error', 'success'])
  expect([...stdout.matchAll(/^ {3}error {3}(\w+)/gm)].map(([, kind]) => kind)).toEqual([
    'exception',
    'timeout',
    'memory',
  ])
  // The last program tries to get out.
  expect(stdout.slice(stdout.indexOf('\n6. '))).not.toMatch(/^ *(stdout +)?got /m)
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${pid}-`))).toEqual([])
})

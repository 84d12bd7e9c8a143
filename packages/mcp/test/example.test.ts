import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('examples/mcp-client.mjs runs Python through the protocol, and ends by itself', () => {
  const example = fileURLToPath(new URL('../../../examples/mcp-client.mjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [example], { encoding: 'utf8', timeout: 300_000 })
  expect(status).toBe(0)
  expect(stdout).toContain('tools: run_python, get_run')
  expect(stdout).toContain('30')
  expect(stdout).toContain('squares.csv: 0 1 4 9 16')
})

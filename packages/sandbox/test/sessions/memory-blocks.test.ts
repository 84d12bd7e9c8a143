import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findDeno } from '../../src/sandbox/host/deno-binary.ts'

// In Deno: Node 20 does not know WebAssembly with two memories.
test('vectors find the blocks of memory that loops find', () => {
  const program = fileURLToPath(new URL('../fixtures/memory-blocks.mjs', import.meta.url))
  const { stdout, stderr } = spawnSync(findDeno().path, ['run', '--no-prompt', '--allow-read', program], {
    encoding: 'utf8',
  })
  expect(stdout, stderr).toBe('{"checked":70260,"wrong":[]}\n')
})

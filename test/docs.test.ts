import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test.each([
  ['sessions.md', 2],
  ['tools.md', 1],
])('the examples of docs/%s print what stands below them', (page, count) => {
  const docs = readFileSync(join(ROOT, 'docs', page), 'utf8')
  const examples = [...docs.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)]
  expect(examples.length).toBe(count)
  // Inside the package, so that the example finds it by its name, and where git does not look.
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.docs-'))
  try {
    for (const [, code = '', output] of examples) {
      const program = join(folder, 'example.mjs')
      writeFileSync(program, code)
      const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', cwd: folder })
      expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

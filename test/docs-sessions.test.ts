import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test('the example of docs/sessions.md prints what stands below it', { timeout: 60_000 }, () => {
  const docs = readFileSync(join(ROOT, 'docs', 'sessions.md'), 'utf8')
  const [, code = '', output] = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(docs) ?? []
  // Inside the package, so that the example finds it by its name, and where git does not look.
  const folder = mkdtempSync(join(ROOT, 'dist', '.docs-'))
  try {
    writeFileSync(join(folder, 'example.mjs'), code)
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'example.mjs')], {
      encoding: 'utf8',
    })
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

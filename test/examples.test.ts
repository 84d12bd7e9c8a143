import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { startService } from './documentation/running-service.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchat-examples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs an example to its end. */
async function run(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const example = fileURLToPath(new URL(`../examples/${name}`, import.meta.url))
  return await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { ...process.env, ...env } }
    execFile(process.execPath, [example, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

test('examples/notebook.mjs shows what cells come to, and undoes what one that fails has done', async () => {
  const { code, stdout } = await run('notebook.mjs', [])
  expect(code).toBe(0)
  expect(stdout).toContain("Out[1]: {'tea': 3, 'coffee': 4}")
  expect(stdout).toContain('text/html: <table><tr><td>tea<td>3')
  expect(stdout).toMatch(/ValueError: .*\(line 2\)\nIn \[4\]: prices\nOut\[4\]: \{'tea': 3, 'coffee': 4\}/)
  expect(stdout).toContain('Python has: escape, prices, Table')
  writeFileSync(join(folder, 'cells.py'), 'x = 20\n# %% the second\nprint("hi")\nx + 1\n')
  const own = await run('notebook.mjs', [join(folder, 'cells.py')])
  expect(own.stdout).toContain('In [2]: print("hi")\n        x + 1\nhi\nOut[2]: 21')
})

test('examples/http.mjs runs code over HTTP, and says what is missing', async () => {
  const { url, apiKey, end } = await startService(join(folder, 'data'))
  try {
    const env = { SANDBOX_URL: url, SANDBOX_API_KEY: apiKey }
    const done = await run('http.mjs', [], env)
    expect(done).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: '0 0\n1 1\n2 4\nsuccess: done\n3 numbers, together 42\n',
    })
    const wrong = await run('http.mjs', ['1'], { ...env, SANDBOX_API_KEY: 'acs_none' })
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('401 unauthenticated') })
    expect(await run('http.mjs', [], { SANDBOX_API_KEY: '' })).toMatchObject({ code: 2 })
  } finally {
    await end()
  }
})

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { type CodeExecutionResult, PyodideSandbox, type SandboxOptions } from '../src/sandbox/index.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-grants-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
/** A new folder of this test alone, with these files in it; a name that ends in a slash is a folder. */
export function host(files: Record<string, string>): (path: string) => string {
  folders += 1
  const folder = join(root, `t${folders}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, name.endsWith('/') ? '.' : '..'), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(join(folder, name), text)
  }
  return (path) => join(folder, path)
}

/**
 * `attempt(f)` gives what `f()` gives, or the name of the error and of its number. Nothing that a program does with
 * files may end the interpreter, so each test goes on after its failures.
 */
export const ATTEMPT = `
import errno, os, shutil
def attempt(f):
    try:
        return f()
    except OSError as error:
        return type(error).__name__ + ' ' + errno.errorcode.get(error.errno, str(error.errno))
def read(path): return open(path).read()
def write(path, text):
    with open(path, 'w') as file: return file.write(text)
`
/** The walls that each grant is tried behind. */
export const ISOLATIONS = ['auto', 'deno'] as const

/** Ways to run code with grants behind one choice of walls. */
export function runsBehind(isolation: (typeof ISOLATIONS)[number]) {
  async function run(
    options: SandboxOptions,
    code: string,
    globals: Record<string, string | number> = {},
  ): Promise<CodeExecutionResult> {
    const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, isolation, ...options })
    try {
      return await sandbox.execute(ATTEMPT + code, { globals })
    } finally {
      await sandbox.close()
    }
  }

  /** The value of the last expression of code that must not fail. */
  async function value(
    options: SandboxOptions,
    code: string,
    globals?: Record<string, string | number>,
  ): Promise<unknown> {
    const result = await run(options, code, globals)
    expect(result.error).toBeNull()
    return result.result
  }

  return { run, value }
}

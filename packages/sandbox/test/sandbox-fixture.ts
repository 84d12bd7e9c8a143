import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  type CodeExecutionResult,
  type ExecutionOptions,
  PyodideSandbox,
  type SandboxOptions,
} from '../src/sandbox/index.ts'

/** A test with a sandbox of these options, whose pool is shared by the file. */
export function sandboxTestWith(options: SandboxOptions) {
  // biome-ignore lint/correctness/noEmptyPattern: Vitest finds fixtures by the names in this pattern.
  return test.extend('sandbox', { scope: 'file' }, async ({}, { onCleanup }) => {
    const sandbox = new PyodideSandbox(options)
    onCleanup(() => sandbox.close())
    return sandbox
  })
}

/** A test with a sandbox of the default options, whose pool is shared by the file. */
export const sandboxTest = sandboxTestWith({ pool: { min: 1, max: 2 } })

/** Python's part of a test that goes round Python: `js(code)` evaluates JavaScript by whichever road is open. */
export const JS = `
def js(code):
    def by_import():
        import js
        return js.eval
    def by_run_js():
        from pyodide.code import run_js
        return run_js
    def by_constructor():
        from pyodide.ffi import to_js
        return to_js([]).constructor.constructor("return eval")()
    for road in (by_import, by_run_js, by_constructor):
        try:
            evaluate = road()
            if evaluate("1+1") == 2:
                break
        except BaseException:
            pass
    else:
        raise RuntimeError("no road from Python to JavaScript")
    return evaluate(code)
`

/** One process, as the operating system sees it. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  /** Name of the program, at most 15 characters. */
  readonly name: string
}

/** Every process of this machine that runs; a zombie does not. Empty where there is no `/proc`. */
export function runningProcesses(): ProcessEntry[] {
  if (process.platform !== 'linux') return []
  const entries: ProcessEntry[] = []
  for (const folder of readdirSync('/proc')) {
    const pid = Number(folder)
    if (!Number.isInteger(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z' || state === 'X') continue
      entries.push({
        pid,
        parent: Number(parent),
        name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      })
    } catch {
      // It ended while we looked.
    }
  }
  return entries
}

/** The Deno processes below `root`: workers, and programs that build an image. A wall may stand in between. */
export function denoProcesses(root = process.pid): number[] {
  const entries = runningProcesses()
  const family = new Set([root])
  for (let size = 0; size < family.size; ) {
    size = family.size
    for (const { pid, parent } of entries) if (family.has(parent)) family.add(pid)
  }
  return entries.filter(({ pid, name }) => name === 'deno' && family.has(pid)).map(({ pid }) => pid)
}

/** Does this process run? A zombie, which waits for its parent to look, does not. */
export function isRunning(pid: number): boolean {
  return runningProcesses().some((entry) => entry.pid === pid)
}

/**
 * Runs `code`, and asks what every failure must be asked: does the next execution work, and is the process of this one
 * gone?
 */
export async function executeAndRecover(
  sandbox: PyodideSandbox,
  code: string,
  options?: ExecutionOptions,
): Promise<CodeExecutionResult> {
  await sandbox.start()
  const before = denoProcesses()
  const result = await sandbox.execute(code, options)
  expect(await sandbox.execute('40+2'), 'the next execution').toMatchObject({ status: 'success', result: 42 })
  // Both runs took workers that were there before, when there were two; a third may have been warm and may stay so.
  const left = () => before.filter(isRunning).length
  await expect
    .poll(left, { message: 'workers that outlived their run' })
    .toBeLessThanOrEqual(Math.max(0, before.length - 2))
  return result
}

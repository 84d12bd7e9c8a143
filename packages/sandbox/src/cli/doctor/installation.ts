import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compareVersions, findDeno } from '../../sandbox/host/deno-binary.ts'
import { editModule, findPyodide, readBuildId } from '../../sandbox/host/pyodide-package.ts'
import { type Finding, fail, ok } from './check.ts'

const MIN_NODE_VERSION = '20.19.0'
const REINSTALL = 'install the package again (npm ci), without --omit=optional'

export function lookAtNode(): Finding {
  const { node } = process.versions
  return compareVersions(node, MIN_NODE_VERSION) >= 0
    ? ok(node)
    : fail(`${node} is older than ${MIN_NODE_VERSION}`, 'install a newer Node.js from https://nodejs.org')
}

/** Is the Deno binary there, does it start, and is it the version that its package names? */
export async function lookAtDeno(): Promise<Finding> {
  const { path, version } = findDeno()
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { env: {}, timeout: 10_000 })
    const said = /^deno (\S+)/.exec(stdout)?.[1]
    if (said === version) return ok(`${version} at ${path}`)
    return fail(`"${path}" says that it is version ${said ?? '?'}, its package says ${version}`, REINSTALL)
  } catch (error) {
    return fail(`"${path}" does not run: ${error instanceof Error ? error.message : error}`, REINSTALL)
  }
}

/** Is the Pyodide package there, complete, and the version whose start this package knows? */
export function lookAtPyodide(): Finding {
  const pyodide = findPyodide()
  const missing = ['pyodide.asm.mjs', 'pyodide.asm.wasm', 'python_stdlib.zip', 'pyodide.mjs'].filter(
    (name) => !existsSync(join(pyodide.folder, name)),
  )
  if (missing.length > 0) return fail(`"${pyodide.folder}" lacks ${missing.join(', ')}`, REINSTALL)
  try {
    readBuildId(pyodide)
    editModule(pyodide)
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), REINSTALL)
  }
  return ok(`${pyodide.version} at ${pyodide.folder}`)
}

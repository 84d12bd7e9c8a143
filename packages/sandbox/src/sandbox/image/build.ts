import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeStale } from 'agentchat-sandbox-base/disk/draft'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { CacheUnwritableError, ImageBuildError, SandboxError } from '../errors/errors.ts'
import { editModule, type PyodidePackage, readBuildId } from '../host/pyodide-package.ts'
import { editWasm } from '../host/pyodide-wasm.ts'
import type { BuildPlan } from './build-plan.ts'
import { makeHeap } from './make-heap.ts'
import { sealFolder } from './manifest.ts'

const PYODIDE_FILES = ['pyodide.asm.mjs', 'pyodide.asm.wasm', 'pyodide.json', 'python_stdlib.zip']
const STEPS = 4
/** Left behind by a build that was killed. */
const STALE_MS = 3_600_000

/**
 * Makes an image in a folder of its own and moves it to its place at once, so that nobody ever sees half of one. When
 * two processes build the same image, the one that is later throws its own away.
 * @throws CacheUnwritableError
 * @throws ImageBuildError
 * @throws PackageError when a wheel is no good or a package cannot be imported
 * @throws the reason of the signal, when that is aborted first
 */
export async function buildImage(plan: BuildPlan): Promise<void> {
  const { recipe, target, onProgress } = plan
  const parent = join(target, '..')
  const draft = join(parent, `.building-${randomUUID()}`)
  const report = (stage: string, done: number) => onProgress({ stage, done, total: STEPS })
  try {
    await makeFolder(draft)
  } catch (cause) {
    throw new CacheUnwritableError(parent, { cause })
  }
  try {
    await removeStale(parent, { prefixes: ['.building-', '.damaged-'], olderThanMs: STALE_MS })
    plan.signal.throwIfAborted()
    report('copying Pyodide', 0)
    await copyPyodide(plan.pyodide, draft)
    const { packages } = recipe
    const what = packages === null ? 'starting Python' : `installing ${packages.wheels.length} packages`
    report(`${what} and keeping its memory`, 1)
    const made = await makeHeap(plan, draft)
    report('sealing the image', 2)
    await sealFolder(draft, [...PYODIDE_FILES, ...made])
    await moveIntoPlace(draft, target)
    report('image is ready', STEPS)
  } catch (cause) {
    plan.signal.throwIfAborted()
    if (cause instanceof SandboxError) throw cause
    if (isFullOrReadOnly(cause)) throw new CacheUnwritableError(parent, { cause })
    throw new ImageBuildError(recipe.name, cause instanceof Error ? cause.message : String(cause), { cause })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function copyPyodide(pyodide: PyodidePackage, draft: string): Promise<void> {
  await writeFile(join(draft, 'pyodide.asm.mjs'), editModule(pyodide))
  await writeFile(join(draft, 'pyodide.json'), JSON.stringify({ buildId: readBuildId(pyodide) }))
  await writeFile(join(draft, 'pyodide.asm.wasm'), editWasm(pyodide))
  await copyFile(join(pyodide.folder, 'python_stdlib.zip'), join(draft, 'python_stdlib.zip'))
}

async function moveIntoPlace(draft: string, target: string): Promise<void> {
  try {
    await rename(draft, target)
  } catch (error) {
    // Another process was faster; its image is as good as ours.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM') || !existsSync(target)) throw error
  }
}

function isFullOrReadOnly(error: unknown): boolean {
  return hasCode(error, 'ENOSPC', 'EROFS', 'EACCES', 'EDQUOT')
}

import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { Image } from '../../sandbox/image/image.ts'
import { BASE_RECIPE } from '../../sandbox/image/recipe.ts'
import { type Progress, PyodideSandbox } from '../../sandbox/index.ts'
import { type Finding, fail, ok } from './check.ts'

/** Can images be kept? */
export async function lookAtCache(folder: string): Promise<Finding> {
  const probe = join(folder, `.doctor-${randomUUID()}`)
  try {
    await makeFolder(folder)
    await writeFile(probe, '')
    await rm(probe)
    return ok(folder)
  } catch (error) {
    return fail(
      `"${folder}" cannot be written: ${error instanceof Error ? error.message : error}`,
      'make it writable, or set AGENTCHAT_CACHE_DIR to a folder that is',
    )
  }
}

/** Is the image there and as it was built? If not, it is built. */
export async function lookAtImage(
  cacheDir: string,
  onProgress: (progress: Progress) => void,
): Promise<Finding> {
  const image = new Image(BASE_RECIPE, { cacheDir, onProgress, isolation: 'auto' })
  const problem = image.exists ? await image.check() : 'was not there'
  if (problem === null) return ok(image.folder)
  await using sandbox = new PyodideSandbox({ cacheDir, onProgress, pool: { min: 1, max: 1 } })
  const started = performance.now()
  await sandbox.start()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  return ok(`${image.folder} (${problem}; built in ${seconds} s)`)
}

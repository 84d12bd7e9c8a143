import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolders, sizeOfFolder, unusedFolders } from './image-store.ts'
import { listNamed } from './named-images.ts'
import { choicesByAge, recentChoices, UNNAMED } from './package-recipe.ts'

/** Sets of packages that executions asked for whose images are kept on disk. */
const MAX_CHOICES = 32
/** Wheels in the cache that no image is made of. */
const MAX_LOOSE_BYTES = 2 ** 32
/** One that is younger may be about to be used. */
const YOUNG_MS = 3_600_000

/**
 * Bounds what executions leave in the cache by the packages that they ask for: the images of the sets that were used
 * last are kept, and so many wheels. What is removed is made or fetched again when it is needed.
 */
export async function pruneChoices(
  cacheDir: string,
  { maxChoices = MAX_CHOICES, maxLooseBytes = MAX_LOOSE_BYTES } = {},
): Promise<void> {
  const old = (await choicesByAge(cacheDir)).slice(maxChoices)
  for (const { file } of old) await rm(file, { force: true })
  if (old.length > 0) {
    const unused = await unusedFolders(cacheDir)
    await removeFolders(
      cacheDir,
      unused.filter(({ name }) => name === UNNAMED),
    )
  }
  await pruneWheels(cacheDir, maxLooseBytes)
}

/** Removes the oldest wheels that no image is made of, when there are too many bytes of them. */
async function pruneWheels(cacheDir: string, maxBytes: number): Promise<void> {
  const recipes = await recentChoices(cacheDir)
  const wheels = [
    ...recipes.flatMap(({ packages }) => packages?.wheels ?? []),
    ...listNamed(cacheDir).flatMap((named) => named.wheels),
  ]
  const used = new Set(wheels.map(({ sha256 }) => sha256))
  const loose: { path: string; size: number; age: number }[] = []
  for (const name of await readdir(join(cacheDir, 'wheels')).catch(() => [])) {
    if (!/^[0-9a-f]{64}$/.test(name) || used.has(name)) continue
    const path = join(cacheDir, 'wheels', name)
    const facts = await stat(path).catch(() => null)
    if (facts !== null) loose.push({ path, size: await sizeOfFolder(path), age: Date.now() - facts.mtimeMs })
  }
  let bytes = loose.reduce((sum, { size }) => sum + size, 0)
  for (const { path, size, age } of loose.sort((one, other) => other.age - one.age)) {
    if (bytes <= maxBytes || age < YOUNG_MS) return
    await rm(path, { recursive: true, force: true })
    bytes -= size
  }
}

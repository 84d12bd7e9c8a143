import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { findDeno } from '../host/deno-binary.ts'
import { findPyodide } from '../host/pyodide-package.ts'
import { codeCacheName } from './code-cache.ts'
import { listNamed, recipeOf } from './named-images.ts'
import { recentChoices } from './package-recipe.ts'
import { BASE_RECIPE, type ImageRecipe, imageKey } from './recipe.ts'

/** The folders of images in a cache folder, and what is no longer of use there. */
export interface ImageFolder {
  /** Name of the image: `base`, one that somebody gave, or `_packages`. */
  readonly name: string
  readonly path: string
}

const KEY = /^(.+)-[0-9a-f]{24}$/

/** Folder of the image of this recipe, whether it is built or not. */
export function folderOfRecipe(cacheDir: string, recipe: ImageRecipe): string {
  return join(cacheDir, 'images', imageKey(recipe, findDeno(), findPyodide()))
}

/** The images on disk: those of older versions, too. */
export async function imageFolders(cacheDir: string): Promise<ImageFolder[]> {
  const folder = join(cacheDir, 'images')
  const names = await readdir(folder).catch(() => [])
  return names.flatMap((key) => {
    const name = KEY.exec(key)?.[1]
    return name === undefined || key.startsWith('.') ? [] : [{ name, path: join(folder, key) }]
  })
}

/** The images that no name, and nobody's packages of the last month, lead to any more. */
export async function unusedFolders(cacheDir: string): Promise<ImageFolder[]> {
  const named = listNamed(cacheDir).map((each) => recipeOf(cacheDir, each))
  const recipes = [BASE_RECIPE, ...named, ...(await recentChoices(cacheDir))]
  const used = new Set(recipes.map((recipe) => folderOfRecipe(cacheDir, recipe)))
  return (await imageFolders(cacheDir)).filter(({ path }) => !used.has(path))
}

/**
 * Removes images with what V8 compiled for them, and gives the bytes that became free. Workers that run go on; a sandbox
 * that lives makes its image again when it needs it.
 */
export async function removeFolders(cacheDir: string, folders: readonly ImageFolder[]): Promise<number> {
  let freed = 0
  for (const { path } of folders) {
    freed += await sizeOfFolder(path)
    // Aside first: nobody must meet half an image.
    const aside = join(cacheDir, 'images', `.damaged-${Date.now()}-${process.pid}-${freed}`)
    await rename(path, aside).catch(() => {})
    await rm(aside, { recursive: true, force: true })
    for (const wall of ['deno', 'bubblewrap'] as const) {
      const cache = join(cacheDir, 'code', codeCacheName(findDeno(), wall, path))
      freed += await sizeOfFolder(cache)
      await rm(cache, { recursive: true, force: true })
    }
  }
  return freed
}

/** Bytes of the files in a folder; 0 where there is none. */
export async function sizeOfFolder(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0
  const sizes = await Promise.all(
    (await readdir(folder)).map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

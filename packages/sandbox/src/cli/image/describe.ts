import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readContents } from '../../sandbox/image/contents.ts'
import { folderOfRecipe, imageFolders, sizeOfFolder } from '../../sandbox/image/image-store.ts'
import { type NamedImage, recipeOf } from '../../sandbox/image/named-images.ts'
import { BASE_RECIPE } from '../../sandbox/image/recipe.ts'

/** One image, for people and programs. */
export interface ImageDescription {
  readonly name: string
  readonly packages: readonly { readonly name: string; readonly version: string; readonly sha256: string }[]
  /** As they were asked for. */
  readonly requirements: readonly string[]
  readonly warm: string | null
  /** Modules that are imported already. */
  readonly imported: readonly string[]
  readonly notImported: readonly { readonly module: string; readonly reason: string }[]
  /** ISO 8601, or null for the image without packages. */
  readonly created: string | null
  /** Is it on disk, for this version? If not, the first program that needs it makes it. */
  readonly built: boolean
  /** On disk, older versions included. */
  readonly bytes: number
  readonly folder: string
}

/** Describes a named image, or with null the one without packages. */
export async function describeImage(cacheDir: string, named: NamedImage | null): Promise<ImageDescription> {
  const recipe = named === null ? BASE_RECIPE : recipeOf(cacheDir, named)
  const folder = folderOfRecipe(cacheDir, recipe)
  const contents = await readContents(folder)
  const folders = (await imageFolders(cacheDir)).filter(({ name }) => name === recipe.name)
  const sizes = await Promise.all(folders.map(({ path }) => sizeOfFolder(path)))
  return {
    name: recipe.name,
    packages: named?.wheels.map(({ name, version, sha256 }) => ({ name, version, sha256 })) ?? [],
    requirements: named?.requirements ?? [],
    warm: named?.warm ?? null,
    imported: contents?.imported ?? recipe.modules,
    notImported: contents?.notImported ?? [],
    created: named?.created ?? null,
    built: existsSync(join(folder, 'manifest.json')),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    folder,
  }
}

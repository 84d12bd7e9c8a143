import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { findPyodide } from '../host/pyodide-package.ts'
import type { Progress } from '../listeners.ts'
import type { PackagePlaces } from '../packages/find-packages.ts'
import { type NamedImage, recipeOf, wheelSchema, withoutPath } from './named-images.ts'
import { BASE_RECIPE, type ImageRecipe } from './recipe.ts'

/** Name of the images that are made for the option `packages`; nobody else can have it. */
export const UNNAMED = '_packages'

/** What an image without a name is to hold. */
export interface PackageWish {
  readonly requirements: readonly string[]
  /** The named image that it begins with, or null. */
  readonly named: NamedImage | null
  readonly places: PackagePlaces
  readonly onProgress: (progress: Progress) => void
}

const choiceSchema = late(() =>
  z.strictObject({ wheels: z.array(wheelSchema()), warm: z.string().nullable() }),
)
type Choice = z.output<ReturnType<typeof choiceSchema>>

/** A choice that nobody has asked for in so long is forgotten. */
const KEEP_MS = 30 * 86_400_000

/**
 * The recipe of an image for the option `packages`. What was chosen is kept: the same wish means the same wheels, without
 * asking anybody, until the files in its wheel folder change.
 * @throws PackageError
 * @throws CacheUnwritableError
 */
export async function recipeFor(wish: PackageWish): Promise<ImageRecipe> {
  const { named, places } = wish
  const folder = join(places.cacheDir, 'choices')
  const file = join(folder, `${await keyOf(wish)}.json`)
  const warm = named?.warm ?? null
  const known = await readChoice(file)
  const now = new Date()
  if (known !== null && hasWheels(places.cacheDir, known)) {
    // Marks it as used.
    await utimes(file, now, now).catch(() => {})
    return recipeOf(places.cacheDir, { name: UNNAMED, ...known })
  }
  wish.onProgress({ stage: 'finding packages', done: 0, total: 4 })
  const { findPackages } = await import('../packages/find-packages.ts')
  const pins = named?.wheels.map(({ name, version }) => `${name}==${version}`) ?? []
  const wheels = await findPackages([...pins, ...wish.requirements], places, findPyodide())
  await makeFolder(folder)
    .then(() => writeFile(file, JSON.stringify({ wheels: wheels.map(withoutPath), warm } satisfies Choice)))
    // Without it the next sandbox looks again.
    .catch(() => {})
  return { ...BASE_RECIPE, name: UNNAMED, packages: { wheels, warm } }
}

async function keyOf({ requirements, named, places }: PackageWish): Promise<string> {
  const { wheels, indexUrl, distributionUrl } = places
  const parts = [
    [...requirements].sort(),
    named?.wheels ?? [],
    named?.warm ?? null,
    [indexUrl, distributionUrl],
    wheels === undefined ? [] : await filesOf(wheels),
    findPyodide().version,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** The wheels in a folder and when they changed. */
async function filesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.whl')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    }),
  )
}

/** Are the wheels of an earlier choice still in the cache? */
function hasWheels(cacheDir: string, choice: Choice): boolean {
  const { packages } = recipeOf(cacheDir, { name: UNNAMED, ...choice })
  return packages?.wheels.every(({ path }) => existsSync(path)) ?? false
}

async function readChoice(file: string): Promise<Choice | null> {
  try {
    return choiceSchema().parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

/** The files of all choices, the one that was asked for last first. */
export async function choicesByAge(cacheDir: string): Promise<{ file: string; mtimeMs: number }[]> {
  const folder = join(cacheDir, 'choices')
  const files = (await readdir(folder).catch(() => [])).map((name) => join(folder, name))
  const found = await Promise.all(
    files.map(async (file) => ({ file, mtimeMs: (await stat(file).catch(() => null))?.mtimeMs ?? 0 })),
  )
  return found.sort((one, other) => other.mtimeMs - one.mtimeMs)
}

/** The recipes that were asked for in the last month; what was chosen before is forgotten. */
export async function recentChoices(cacheDir: string): Promise<ImageRecipe[]> {
  const folder = join(cacheDir, 'choices')
  const recipes: ImageRecipe[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name)
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }))
    const choice = Date.now() - mtimeMs > KEEP_MS ? null : await readChoice(file)
    if (choice === null) await rm(file, { force: true })
    else recipes.push(recipeOf(cacheDir, { name: UNNAMED, ...choice }))
  }
  return recipes
}

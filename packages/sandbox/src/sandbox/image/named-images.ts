import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { CacheUnwritableError, ImageUnknownError } from '../errors/errors.ts'
import type { RecipeWheel } from '../packages/wheel-file.ts'
import { BASE_RECIPE, type ImageRecipe } from './recipe.ts'

/** What an image may be called: it is the name of a file, and part of the name of a folder. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const ENDING = '.json'

/** A wheel as files keep it: what it is, and not where it lies. */
export const wheelSchema = late(() =>
  z.strictObject({
    name: z.string(),
    version: z.string(),
    fileName: z.string().regex(/^[A-Za-z0-9][\w.+!-]*\.whl$/),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    requested: z.boolean(),
  }),
)

const namedSchema = late(() =>
  z.strictObject({
    format: z.literal(1),
    name: z.string().regex(NAME),
    /** ISO 8601 */
    created: z.string(),
    /** As they were asked for. */
    requirements: z.array(z.string()),
    warm: z.string().nullable(),
    wheels: z.array(wheelSchema()),
  }),
)

/** An image that somebody gave a name: enough to make it again, also for a later version of this package. */
export type NamedImage = z.output<ReturnType<typeof namedSchema>>

/** Why this cannot be the name of an image, or null. */
export function nameProblem(name: string): string | null {
  if (name === BASE_RECIPE.name) return '"base" is the image without packages, which is always there'
  if (NAME.test(name)) return null
  return 'a name has at most 64 small letters, digits, ".", "_" and "-", and begins with a letter or a digit'
}

/**
 * The named image.
 * @throws ImageUnknownError which names those that exist
 */
export function readNamed(cacheDir: string, name: string): NamedImage {
  const found = NAME.test(name) ? parseFile(join(folderOf(cacheDir), `${name}${ENDING}`)) : null
  if (found === null) throw new ImageUnknownError(name, [BASE_RECIPE.name, ...namesIn(cacheDir)])
  return found
}

/** All of them, by name. */
export function listNamed(cacheDir: string): NamedImage[] {
  return namesIn(cacheDir).flatMap((name) => parseFile(join(folderOf(cacheDir), `${name}${ENDING}`)) ?? [])
}

/** Gives the image its name, atomically: a reader sees the one before or this one. @throws CacheUnwritableError */
export async function saveNamed(cacheDir: string, image: NamedImage): Promise<void> {
  const folder = folderOf(cacheDir)
  const draft = join(folder, `.${randomUUID()}`)
  try {
    await makeFolder(folder)
    await writeFile(draft, JSON.stringify(image))
    await rename(draft, join(folder, `${image.name}${ENDING}`))
  } catch (cause) {
    await rm(draft, { force: true })
    throw new CacheUnwritableError(folder, { cause })
  }
}

/** Takes the name away. Its files are removed by `removeImages`. */
export async function forgetNamed(cacheDir: string, name: string): Promise<void> {
  await rm(join(folderOf(cacheDir), `${name}${ENDING}`), { force: true })
}

/** How the image is made, with its wheels from the cache. */
export function recipeOf(
  cacheDir: string,
  { name, wheels, warm }: Pick<NamedImage, 'name' | 'wheels' | 'warm'>,
): ImageRecipe {
  const found: RecipeWheel[] = wheels.map((wheel) => ({
    ...wheel,
    path: join(cacheDir, 'wheels', wheel.sha256, wheel.fileName),
  }))
  return { ...BASE_RECIPE, name, packages: { wheels: found, warm } }
}

/** As a file keeps a wheel: without its place on this machine. */
export function withoutPath({ path: _path, ...wheel }: RecipeWheel): NamedImage['wheels'][number] {
  return wheel
}

function folderOf(cacheDir: string): string {
  return join(cacheDir, 'named')
}

function namesIn(cacheDir: string): string[] {
  try {
    return readdirSync(folderOf(cacheDir))
      .filter((file) => file.endsWith(ENDING) && !file.startsWith('.'))
      .map((file) => file.slice(0, -ENDING.length))
      .sort()
  } catch {
    // No image has been named yet.
    return []
  }
}

function parseFile(path: string): NamedImage | null {
  try {
    return namedSchema().parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

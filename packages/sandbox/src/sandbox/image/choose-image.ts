import { statSync } from 'node:fs'
import { InvalidOptionsError } from '../errors/errors.ts'
import type { Logger, Progress } from '../listeners.ts'
import type { PackageSources } from '../packages/wheel-finder.ts'
import type { WallTeller } from '../wall/second-wall.ts'
import type { Image, ImagePlace } from './image.ts'
import { type NamedImage, readNamed, recipeOf } from './named-images.ts'
import { BASE_RECIPE, type ImageRecipe } from './recipe.ts'

/** The options that say which image it is, and how it is made. */
interface Settings extends PackageSources {
  readonly image: string
  readonly packages: readonly string[]
  readonly isolation: 'auto' | 'os' | 'deno'
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly logger?: Logger | undefined
}

/** What of the host its workers have. */
type WorkerMeans = Pick<ImagePlace, 'files' | 'libraries' | 'makeBridge' | 'priority'>

/** The image that the workers of a sandbox start from. */
export interface ImageChoice {
  /** The packages that were asked for: by name those of the named image, then as requirements. */
  readonly packages: readonly string[]
  /**
   * The image, once it is known which wheels are in it; nothing is built yet. Always the same one.
   * @throws PackageError
   * @throws CacheUnwritableError
   */
  readonly open: (means: WorkerMeans) => Promise<Image>
  /**
   * An image that holds these packages as well; nothing is built yet.
   * @throws PackageError
   * @throws CacheUnwritableError
   */
  readonly derive: (more: readonly string[], means: WorkerMeans & Told) => Promise<Image>
}

/** Who is told how an image is made. */
type Told = Pick<ImagePlace, 'onProgress'>

/**
 * Which image do these options mean? When the signal is aborted, no packages are looked for any more.
 * @throws ImageUnknownError
 * @throws InvalidOptionsError when there is no such wheel folder
 */
export function chooseImage(settings: Settings, cacheDir: string, signal: AbortSignal): ImageChoice {
  const { image: name, packages, isolation, logger, onProgress = () => {} } = settings
  const tellWall: WallTeller = (fields) => logger?.warn({ ...fields }, 'wall.weakened')
  checkWheelFolder(settings)
  const named = name === BASE_RECIPE.name ? null : readNamed(cacheDir, name)
  const recipe = async (): Promise<ImageRecipe> => {
    if (packages.length === 0) return named === null ? BASE_RECIPE : recipeOf(cacheDir, named)
    return await unnamed(settings, named, { cacheDir, signal })
  }
  let opening: Promise<Image> | null = null
  const ofImage = (named?.wheels ?? []).filter(({ requested }) => requested).map(({ name }) => name)
  return {
    packages: [...ofImage, ...packages],
    open(means) {
      opening ??= recipe()
        .then((found) => makeImage(found, { cacheDir, onProgress, isolation, tellWall, ...means }))
        .catch((error: unknown) => {
          // The next execution tries again: the network may be back.
          opening = null
          throw error
        })
      return opening
    },
    async derive(more, means) {
      const { onProgress: tell } = means
      const wish = { ...settings, packages: [...packages, ...more], onProgress: tell }
      const found = await unnamed(wish, named, { cacheDir, signal })
      return await makeImage(found, { cacheDir, isolation, tellWall, ...means })
    },
  }
}

/** Loads what starts workers, which nobody needs who only imports the library. */
async function makeImage(recipe: ImageRecipe, place: ImagePlace): Promise<Image> {
  const { Image } = await import('./image.ts')
  return new Image(recipe, place)
}

function checkWheelFolder({ wheels }: Settings): void {
  if (wheels === undefined || isFolder(wheels)) return
  throw new InvalidOptionsError('options', [
    { path: 'wheels', problem: `there is no folder ${JSON.stringify(wheels)}` },
  ])
}

/** A name that no file can have, too long or with U+0000, is an error of its own. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

async function unnamed(
  settings: Settings,
  named: NamedImage | null,
  place: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<ImageRecipe> {
  const { packages: requirements, wheels, packageIndex: indexUrl, offline, onProgress = () => {} } = settings
  // Loaded only where it is needed: most sandboxes have no packages of their own.
  const { recipeFor } = await import('./package-recipe.ts')
  const places = { ...place, wheels, indexUrl, offline, onProgress }
  return await recipeFor({ requirements, named, places, onProgress })
}

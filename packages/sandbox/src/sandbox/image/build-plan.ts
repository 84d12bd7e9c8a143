import type { DenoBinary } from '../host/deno-binary.ts'
import type { PyodidePackage } from '../host/pyodide-package.ts'
import type { Progress } from '../listeners.ts'
import type { SecondWallChoice } from '../wall/second-wall.ts'
import type { ImageRecipe } from './recipe.ts'

/** What building needs to know. */
export interface BuildPlan {
  readonly recipe: ImageRecipe
  readonly deno: DenoBinary
  readonly pyodide: PyodidePackage
  /** Folder of the base image, which an image with packages grows from. */
  readonly base: string
  /** Folder of the finished image. */
  readonly target: string
  /** Starts something behind the strongest second wall that this machine has. */
  readonly behind: SecondWallChoice['behind']
  readonly onProgress: (progress: Progress) => void
  /** Aborted when nobody wants the image any more. */
  readonly signal: AbortSignal
}

import { findPyodide } from '../host/pyodide-package.ts'
import type { RecipeWheel } from './wheel-file.ts'

/** The options that say where packages come from. */
export interface PackageSources {
  /** A folder with wheel files. */
  readonly wheels?: string | undefined
  /** Address of an index. */
  readonly packageIndex?: string | undefined
  readonly offline?: boolean | undefined
}

/** Finds wheels in the places that a sandbox names, beside packages that are there already. */
export function wheelFinder(
  { wheels, packageIndex: indexUrl, offline }: PackageSources,
  cacheDir: string,
): (
  requirements: readonly string[],
  present: ReadonlyMap<string, string>,
  signal: AbortSignal,
) => Promise<RecipeWheel[]> {
  return async (requirements, present, signal) => {
    // Loaded only where it is needed: most sessions install nothing.
    const { findPackages } = await import('./find-packages.ts')
    const places = { cacheDir, wheels, indexUrl, offline, present, signal }
    return await findPackages(requirements, places, findPyodide())
  }
}

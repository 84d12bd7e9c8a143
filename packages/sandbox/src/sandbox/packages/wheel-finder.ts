import { findPyodide } from '../image/pyodide-package.ts'
import type { RecipeWheel } from '../image/recipe.ts'
import type { SandboxSettings } from '../options.ts'

/** Finds wheels in the places that a sandbox names, beside packages that are there already. */
export function wheelFinder(
  { wheels, packageIndex: indexUrl, offline }: Pick<SandboxSettings, 'wheels' | 'packageIndex' | 'offline'>,
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

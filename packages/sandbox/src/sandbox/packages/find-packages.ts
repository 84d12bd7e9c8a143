import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { PackageError } from '../errors/package-errors.ts'
import { hostEnvironment } from '../host/host-environment.ts'
import type { PyodidePackage } from '../host/pyodide-package.ts'
import type { Progress } from '../listeners.ts'
import type { Offer, PackageSource } from './candidate.ts'
import { SEARCH_MS } from './limits.ts'
import { markerEnvironment } from './marker.ts'
import { PyodideDistribution, readLock, targetOf } from './pyodide-distribution.ts'
import { resolvePackages, wheelProblem } from './resolve.ts'
import { SimpleIndex } from './simple-index.ts'
import { WheelCache } from './wheel-cache.ts'
import type { RecipeWheel } from './wheel-file.ts'
import { WheelFolder } from './wheel-folder.ts'

/** Where packages may come from. */
export interface PackagePlaces {
  readonly cacheDir: string
  /** A folder with wheel files. */
  readonly wheels?: string | undefined
  /** Address of an index in the manner of PyPI; by default PyPI itself. */
  readonly indexUrl?: string | undefined
  /** Address of the files of Pyodide's distribution; by default where the project keeps them. */
  readonly distributionUrl?: string | undefined
  /** May the network be used? By default unless `AGENTCHAT_OFFLINE` is set. */
  readonly offline?: boolean | undefined
  /** How long a server may be silent, in milliseconds. */
  readonly silenceMs?: number | undefined
  /** How long the search and all fetching may take, in milliseconds. */
  readonly searchMs?: number | undefined
  /** Aborted when nobody wants them any more. */
  readonly signal?: AbortSignal | undefined
  /** Versions of packages that are there already: they are not looked for, and nothing may ask for another one. */
  readonly present?: ReadonlyMap<string, string>
  /** Told which wheel is fetched, and how many there are. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

const PYPI = 'https://pypi.org/simple/'

/**
 * Finds the wheels for these requirements, and those that they need, and puts them into the cache. However many there are
 * and wherever they come from, it ends in time.
 * @throws PackageError naming each package that cannot be had, with the reason
 * @throws CacheUnwritableError
 */
export async function findPackages(
  requirements: readonly string[],
  places: PackagePlaces,
  pyodide: PyodidePackage,
): Promise<RecipeWheel[]> {
  const { searchMs = SEARCH_MS } = places
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(lateError(requirements, searchMs)), searchMs)
  using joined = joinSignals(places.signal, late.signal)
  const { signal } = joined
  try {
    return await untilAborted(findInTime(requirements, { ...places, signal }, pyodide), signal)
  } finally {
    clearTimeout(timer)
  }
}

function lateError(requirements: readonly string[], searchMs: number): PackageError {
  const detail = `finding and fetching them took longer than ${searchMs / 1000} s`
  return new PackageError([
    { requirement: requirements.join(', ').slice(0, 500), kind: 'no-network', detail },
  ])
}

async function findInTime(
  requirements: readonly string[],
  places: PackagePlaces,
  pyodide: PyodidePackage,
): Promise<RecipeWheel[]> {
  const lock = await readLock(pyodide.folder)
  const target = targetOf(lock)
  const cache = new WheelCache(places.cacheDir, target)
  const offline = places.offline ?? isOffline()
  const { wheels, silenceMs, signal, present = new Map<string, string>() } = places
  const distributionUrl =
    places.distributionUrl ?? `https://cdn.jsdelivr.net/pyodide/v${pyodide.version}/full/`
  const remote: PackageSource[] = [
    new PyodideDistribution(lock, distributionUrl, { cache, signal }),
    new SimpleIndex(places.indexUrl ?? PYPI, { target, cache, silenceMs, signal }),
  ]
  const sources: PackageSource[] = [
    ...(wheels === undefined ? [] : [new WheelFolder(wheels, target, cache)]),
    // Where an index can be asked, what it announces decides: a wheel of another index is none of its own.
    ...(offline ? [cache, new OfflineSource(wheels !== undefined)] : remote),
  ]
  const environment = markerEnvironment(target.python, target.arch)
  const chosen = await resolvePackages(requirements, { sources, target, environment, present })
  const found: RecipeWheel[] = []
  for (const [done, { candidate, requested }] of chosen.entries()) {
    const { name, version, fileName } = candidate.wheel
    places.onProgress?.({ stage: `getting ${name} ${version}`, done, total: chosen.length })
    const obtained = await candidate.obtain().catch((error: unknown) => {
      throw wheelProblem(candidate, error)
    })
    found.push({ name, version, fileName, requested, ...obtained })
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function isOffline(): boolean {
  const value = hostEnvironment().AGENTCHAT_OFFLINE ?? ''
  return value !== '' && value !== '0'
}

/** Stands last where the network may not be used: says that it was not asked. */
class OfflineSource implements PackageSource {
  readonly #hasFolder: boolean

  constructor(hasFolder: boolean) {
    this.#hasFolder = hasFolder
  }

  async find(): Promise<Offer> {
    const remedy = this.#hasFolder ? 'put its wheel into the wheel folder' : 'name a folder with its wheel'
    const detail = `the network is off limits (AGENTCHAT_OFFLINE or "offline"); ${remedy}`
    return { candidates: [], reason: { kind: 'offline', detail } }
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import type { Candidate, Offer, PackageSource } from './candidate.ts'
import { obtainRemote } from './remote-wheel.ts'
import { normaliseName, parseRequirement, type Requirement } from './requirement.ts'
import type { WheelCache } from './wheel-cache.ts'
import { fitOf, parseWheelName, type WheelTarget } from './wheel-name.ts'

const lockSchema = late(() =>
  z.object({
    info: z.object({ abi_version: z.string(), arch: z.string(), python: z.string() }),
    packages: z.record(
      z.string(),
      z.object({
        name: z.string(),
        version: z.string(),
        file_name: z.string(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        depends: z.array(z.string()),
        package_type: z.string(),
        /** Names of the modules that it brings. */
        imports: z.array(z.string()).default([]),
      }),
    ),
  }),
)

/** The index of the packages that were built for one version of Pyodide. It comes with the npm package. */
export type PyodideLock = z.output<ReturnType<typeof lockSchema>>
type LockEntry = PyodideLock['packages'][string]

/** Reads the index in the folder of the npm package `pyodide`. */
export async function readLock(folder: string): Promise<PyodideLock> {
  return lockSchema().parse(JSON.parse(await readFile(join(folder, 'pyodide-lock.json'), 'utf8')))
}

/** The Python that the packages of this index are for. */
export function targetOf({ info }: PyodideLock): WheelTarget {
  return { python: info.python, abi: info.abi_version, arch: info.arch }
}

/** What the Pyodide project has built. Versions and hashes come with the npm package, files from `url`. */
export class PyodideDistribution implements PackageSource {
  readonly #packages = new Map<string, LockEntry>()
  readonly #target: WheelTarget
  readonly #url: string
  readonly #cache: WheelCache
  readonly #signal: AbortSignal | undefined

  /** @param url of the folder with the files, ends in a slash; https, or http on this machine */
  constructor(
    lock: PyodideLock,
    url: string,
    { cache, signal }: { readonly cache: WheelCache; readonly signal?: AbortSignal | undefined },
  ) {
    for (const entry of Object.values(lock.packages)) this.#packages.set(normaliseName(entry.name), entry)
    this.#target = targetOf(lock)
    this.#url = url
    this.#cache = cache
    this.#signal = signal
  }

  /** Whose wheel holds this package: hash, version and dependencies are known before anything is fetched. */
  async find(name: string): Promise<Offer> {
    const entry = this.#packages.get(name)
    if (entry === undefined) {
      return nothing('no-such-package', 'Pyodide has not built it')
    }
    const url = new URL(entry.file_name, this.#url).href
    const fileName = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
    const wheel = parseWheelName(fileName)
    if (entry.package_type !== 'package' || wheel === null)
      return nothing('no-build', `Pyodide has it as "${entry.file_name}", which is no wheel`)
    if (fitOf(wheel, this.#target) === 0)
      return nothing('no-build', `Pyodide has "${fileName}", which is for another Pyodide`)
    const candidate: Candidate = {
      wheel: { ...wheel, name },
      origin: "Pyodide's distribution",
      requirements: async () => entry.depends.map(requirementOf),
      obtain: () => obtainRemote({ url, fileName, sha256: entry.sha256, signal: this.#signal }, this.#cache),
    }
    return { candidates: [candidate], reason: null }
  }
}

function nothing(kind: 'no-such-package' | 'no-build', detail: string): Offer {
  return { candidates: [], reason: { kind, detail } }
}

function requirementOf(name: string): Requirement {
  const requirement = parseRequirement(name)
  if ('problem' in requirement) throw new Error(`it requires "${name}": ${requirement.problem}`)
  return requirement
}

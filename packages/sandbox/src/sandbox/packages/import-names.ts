import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PyodidePackage } from '../host/pyodide-package.ts'
import { KNOWN_IMPORTS } from './known-imports.ts'
import { readLock } from './pyodide-distribution.ts'
import { normaliseName } from './requirement.ts'
import { parseWheelName, type WheelName } from './wheel-name.ts'
import { readZipEntries } from './zip-directory.ts'

/** Letters that may differ between a name and the one that was meant. */
const MAX_DISTANCE = 2

/** Knows which package brings which module. */
export class ImportNames {
  readonly #known: ReadonlyMap<string, string>
  readonly #folder: string | null
  /** Modules of the wheels in the folder, by file name. */
  readonly #modules = new Map<string, ReadonlySet<string>>()

  private constructor(known: ReadonlyMap<string, string>, folder: string | null) {
    this.#known = known
    this.#folder = folder
  }

  /** @param folder with wheels, which are asked first */
  static async load(pyodide: PyodidePackage, folder: string | undefined): Promise<ImportNames> {
    const known = new Map(Object.entries(KNOWN_IMPORTS))
    const { packages } = await readLock(pyodide.folder)
    for (const { name, imports } of Object.values(packages)) {
      for (const module of imports) known.set(module, normaliseName(name))
    }
    return new ImportNames(known, folder ?? null)
  }

  /**
   * The package that brings the module `a.b.c`: as the wheels in the folder say, else as is known of it, else the one
   * of the same name.
   */
  async packageOf(module: string): Promise<string> {
    const [top = ''] = module.split('.')
    const likely = this.#knownFor(module) ?? normaliseName(top)
    if (this.#folder === null) return likely
    const wheels = (await readdir(this.#folder).catch(() => []))
      .map(parseWheelName)
      .filter((wheel) => wheel !== null)
    if (wheels.some(({ name }) => name === likely)) return likely
    for (const wheel of wheels) if ((await this.#modulesOf(wheel)).has(top)) return wheel.name
    return likely
  }

  /** The module that was probably meant, or null. */
  nearest(module: string): string | null {
    const [top = ''] = module.split('.')
    let best: { readonly name: string; readonly distance: number } | null = null
    for (const name of this.#known.keys()) {
      if (name === top || name.includes('.') || Math.abs(name.length - top.length) > MAX_DISTANCE) continue
      const distance = distanceOf(name.toLowerCase(), top.toLowerCase())
      // Short names are all near to each other.
      if (distance > MAX_DISTANCE || distance * 3 > top.length) continue
      if (best === null || distance < best.distance) best = { name, distance }
    }
    return best?.name ?? null
  }

  #knownFor(module: string): string | undefined {
    const parts = module.split('.')
    for (let length = parts.length; length > 0; length--) {
      const found = this.#known.get(parts.slice(0, length).join('.'))
      if (found !== undefined) return found
    }
    return undefined
  }

  async #modulesOf({ fileName }: WheelName): Promise<ReadonlySet<string>> {
    const known = this.#modules.get(fileName)
    if (known !== undefined) return known
    const modules = await modulesOfWheel(join(this.#folder ?? '', fileName))
    this.#modules.set(fileName, modules)
    return modules
  }
}

/** How many letters have to be changed, added, removed or swapped with the next one. */
function distanceOf(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const change = (last[column - 1] ?? 0) + (same ? 0 : 1)
      const swapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      const swap = swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(change, (last[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, swap))
    }
    before = last
    last = next
  }
  return last[other.length] ?? 0
}

/**
 * The names that `import` finds in a wheel, read from the table of contents at its end. Empty for a file that is no
 * archive: the installation says what is wrong.
 */
export async function modulesOfWheel(path: string): Promise<ReadonlySet<string>> {
  try {
    await using file = await open(path, 'r')
    return topModules((await readZipEntries(file)).map(({ name }) => name))
  } catch {
    return new Set()
  }
}

/** `a/b.py` and `a.py` are found as `a`; what belongs to the wheel itself is no module. */
function topModules(names: readonly string[]): Set<string> {
  const tops = new Set<string>()
  for (const name of names) {
    const [top = '', ...rest] = name.split('/', 2)
    if (/\.(dist-info|data)$/.test(top) || !/\.(py|so)$/.test(name)) continue
    const module = rest.length > 0 ? top : (top.split('.')[0] ?? '')
    if (/^[A-Za-z_]\w*$/.test(module)) tops.add(module)
  }
  return tops
}

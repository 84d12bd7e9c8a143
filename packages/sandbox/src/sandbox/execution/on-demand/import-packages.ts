import type { FoundImport } from '../../../protocol/runner-messages.ts'
import { PackageError, type PackageProblem } from '../../errors/errors.ts'
import type { Progress } from '../../listeners.ts'
import type { ImportNames } from '../../packages/import-names.ts'
import { parseRequirement } from '../../packages/requirement.ts'
import { parseWheelName } from '../../packages/wheel-name.ts'

/** Packages that one program may have fetched by importing them. */
const MAX_PACKAGES = 50
/** For so long nobody is asked again about a package that could not be had. */
const REMEMBER_MS = 60_000

/** A module that a program imports, and why the package that would bring it is not there. */
export interface MissingImport {
  readonly module: string
  readonly line: number
  readonly package: string
  readonly problem: PackageProblem
}

/** Where packages are put. */
export interface PackagePlace<Use> {
  /** Finds out whether they can be had, and gets them. @throws PackageError */
  resolve(requirements: readonly string[], onProgress: Tell): Promise<void>
  /** Puts them there. @throws PackageError */
  use(requirements: readonly string[], onProgress: Tell): Promise<Use>
}

/** What is there in any case, and who is told. */
export interface PackageWish {
  readonly asked: readonly string[]
  /** Which packages imports may bring. */
  readonly autoInstall: true | readonly string[]
  readonly onProgress: Tell
}

type Tell = (progress: Progress) => void

/** What the imports of a program lead to. */
export interface ImportSupply<Use> {
  /** Where what could be had is; null when that is nothing more than what was asked for. */
  readonly use: Use | null
  readonly missing: readonly MissingImport[]
}

/** Gets packages for the imports of programs; what cannot be had, a program may still do without. */
export class ImportPackages {
  readonly #load: () => Promise<ImportNames>
  #names: ImportNames | null = null
  readonly #failed = new Map<string, { readonly problem: PackageProblem; readonly until: number }>()

  constructor(load: () => Promise<ImportNames>) {
    this.#load = load
  }

  /** The module that was probably meant, or null. */
  nearest(module: string): string | null {
    return this.#names?.nearest(module) ?? null
  }

  /** The package that would bring a module, as far as is known. */
  async packageOf(module: string): Promise<string> {
    this.#names ??= await this.#load()
    return await this.#names.packageOf(module)
  }

  /** Throws what the place throws, but no `PackageError`. */
  async supply<Use>(
    place: PackagePlace<Use>,
    imports: readonly FoundImport[],
    wish: PackageWish,
  ): Promise<ImportSupply<Use>> {
    this.#names ??= await this.#load()
    const names = this.#names
    const wanted = new Map<string, FoundImport[]>()
    const refused: MissingImport[] = []
    for (const found of imports) {
      const package_ = found.requirement ?? (await names.packageOf(found.name))
      const allowed = allowedRequirement(package_, wish.autoInstall)
      if (allowed === null) refused.push(notNamed(found, package_))
      else wanted.set(allowed, [...(wanted.get(allowed) ?? []), found])
    }
    const problems = this.#knownProblems([...wanted.keys()])
    const search = { place, problems, ...wish }
    const use = await usePackages(await available([...wanted.keys()], search), search)
    for (const [package_, problem] of problems) {
      // What does not go together may go together with less.
      if (problem.kind === 'conflict' || problem.kind === 'no-such-version') continue
      this.#failed.set(package_, { problem, until: Date.now() + REMEMBER_MS })
    }
    const missing = [...problems].flatMap(([package_, problem]) =>
      (wanted.get(package_) ?? []).map(({ name, line }) => ({
        module: name,
        line,
        package: package_,
        problem,
      })),
    )
    return { use, missing: [...refused, ...missing] }
  }

  #knownProblems(packages: readonly string[]): Map<string, PackageProblem> {
    const now = Date.now()
    for (const [name, { until }] of this.#failed) if (until < now) this.#failed.delete(name)
    const problems = new Map<string, PackageProblem>()
    for (const [index, name] of packages.entries()) {
      const known = this.#failed.get(name)
      if (known !== undefined) problems.set(name, known.problem)
      else if (index >= MAX_PACKAGES) problems.set(name, tooMany(name))
    }
    return problems
  }
}

/** A search for packages; `problems` are those of the ones that cannot be had. */
interface Search<Use> extends PackageWish {
  readonly place: PackagePlace<Use>
  readonly problems: Map<string, PackageProblem>
}

/** Those of the packages that can be had together; for the others notes why not. */
async function available<Use>(packages: readonly string[], search: Search<Use>): Promise<string[]> {
  const { place, problems, asked, onProgress } = search
  const rest = packages.filter((name) => !problems.has(name))
  const problemOf = async (names: readonly string[]) =>
    await place.resolve([...asked, ...names], onProgress).then(() => null, problemIn)
  const together = rest.length === 0 ? null : await problemOf(rest)
  if (together === null) return rest
  for (const name of rest) {
    const alone = rest.length === 1 ? together : await problemOf([name])
    if (alone !== null) problems.set(name, alone)
  }
  const good = rest.filter((name) => !problems.has(name))
  const conflict = good.length === 0 || good.length === rest.length ? null : await problemOf(good)
  if (good.length < rest.length && conflict === null) return good
  for (const name of good) problems.set(name, conflict ?? together)
  return []
}

/** Uses these packages, without those whose wheel turns out to be of no use. */
async function usePackages<Use>(packages: readonly string[], search: Search<Use>): Promise<Use | null> {
  if (packages.length === 0) return null
  const { place, problems, asked, onProgress } = search
  try {
    return await place.use([...asked, ...packages], onProgress)
  } catch (error) {
    const problem = problemIn(error)
    const bad = parseWheelName(problem.requirement)?.name
    const others = packages.filter((name) => name !== bad)
    for (const name of others.length < packages.length ? [bad ?? ''] : packages) problems.set(name, problem)
    return others.length < packages.length ? await usePackages(others, search) : null
  }
}

function problemIn(error: unknown): PackageProblem {
  const [problem] = error instanceof PackageError ? error.problems : []
  if (problem === undefined) throw error
  return problem
}

function notNamed({ name, line }: FoundImport, package_: string): MissingImport {
  const detail = 'it is none of those that autoInstall names'
  return {
    module: name,
    line,
    package: package_,
    problem: { requirement: package_, kind: 'not-named', detail },
  }
}

function tooMany(requirement: string): PackageProblem {
  return {
    requirement,
    kind: 'too-large',
    detail: `a program may import at most ${MAX_PACKAGES} packages that are not there`,
  }
}

/** What to install when a program imports what `wanted` brings, or null where the list does not name it. */
export function allowedRequirement(wanted: string, autoInstall: true | readonly string[]): string | null {
  if (autoInstall === true) return wanted
  const asked = parseRequirement(wanted)
  if ('problem' in asked) return null
  for (const text of autoInstall) {
    const listed = parseRequirement(text)
    // A version that the list demands comes before one that the code names.
    if (!('problem' in listed) && listed.name === asked.name) return listed.specifier === '' ? wanted : text
  }
  return null
}

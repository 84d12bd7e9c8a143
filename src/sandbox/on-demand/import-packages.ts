import type { FoundImport } from '../../protocol/runner-messages.ts'
import { PackageError, type PackageProblem } from '../errors.ts'
import type { Progress } from '../options.ts'
import type { ImportNames } from '../packages/import-names.ts'
import { parseWheelName } from '../packages/wheel-name.ts'
import type { DerivedPools, PoolUse } from './derived-pools.ts'

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

/** What the imports of a program lead to. */
export interface ImportSupply {
  /** The pool whose workers have what could be had; null when that is nothing more than what was asked for. */
  readonly use: PoolUse | null
  readonly missing: readonly MissingImport[]
}

/** Gets packages for the imports of programs; what cannot be had, a program may still do without. */
export class ImportPackages {
  readonly #pools: DerivedPools
  readonly #names: () => Promise<ImportNames>
  readonly #failed = new Map<string, { readonly problem: PackageProblem; readonly until: number }>()

  constructor(pools: DerivedPools, names: () => Promise<ImportNames>) {
    this.#pools = pools
    this.#names = names
  }

  /**
   * @param asked packages that are there in any case
   * @throws SandboxClosedError, ImageBuildError, CacheUnwritableError
   */
  async supply(
    imports: readonly FoundImport[],
    asked: readonly string[],
    onProgress: (progress: Progress) => void,
  ): Promise<ImportSupply> {
    const names = await this.#names()
    const wanted = new Map<string, FoundImport[]>()
    for (const found of imports) {
      const package_ = await names.packageOf(found.name)
      wanted.set(package_, [...(wanted.get(package_) ?? []), found])
    }
    const problems = this.#knownProblems([...wanted.keys()])
    const tell = { asked, onProgress }
    const use = await this.#use(await this.#available([...wanted.keys()], problems, tell), problems, tell)
    for (const [package_, problem] of problems)
      this.#failed.set(package_, { problem, until: Date.now() + REMEMBER_MS })
    const missing = [...problems].flatMap(([package_, problem]) =>
      (wanted.get(package_) ?? []).map(({ name, line }) => ({
        module: name,
        line,
        package: package_,
        problem,
      })),
    )
    return { use, missing }
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

  /** Those of the packages that can be had together; for the others adds why not. */
  async #available(
    packages: readonly string[],
    problems: Map<string, PackageProblem>,
    { asked, onProgress }: Wish,
  ): Promise<string[]> {
    const rest = packages.filter((name) => !problems.has(name))
    const problemOf = async (names: readonly string[]) =>
      await this.#pools.resolve([...asked, ...names], onProgress).then(() => null, problemIn)
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

  /** A pool with these packages, without those whose wheel turns out to be of no use. */
  async #use(
    packages: readonly string[],
    problems: Map<string, PackageProblem>,
    wish: Wish,
  ): Promise<PoolUse | null> {
    if (packages.length === 0) return null
    try {
      return await this.#pools.use([...wish.asked, ...packages], wish.onProgress)
    } catch (error) {
      const problem = problemIn(error)
      const bad = parseWheelName(problem.requirement)?.name
      const others = packages.filter((name) => name !== bad)
      for (const name of others.length < packages.length ? [bad ?? ''] : packages) problems.set(name, problem)
      return others.length < packages.length ? await this.#use(others, problems, wish) : null
    }
  }
}

/** What is there in any case, and who is told. */
interface Wish {
  readonly asked: readonly string[]
  readonly onProgress: (progress: Progress) => void
}

function problemIn(error: unknown): PackageProblem {
  const [problem] = error instanceof PackageError ? error.problems : []
  if (problem === undefined) throw error
  return problem
}

function tooMany(requirement: string): PackageProblem {
  return {
    requirement,
    kind: 'too-large',
    detail: `a program may import at most ${MAX_PACKAGES} packages that are not there`,
  }
}

import { compare, explain } from '@renovatebot/pep440'
import { Slices } from 'agentchat-sandbox-base/async/slices'
import { PackageError, type PackageProblem, SandboxError } from '../errors/errors.ts'
import type { Candidate, PackageSource, SourceReason } from './candidate.ts'
import { MAX_PACKAGES } from './limits.ts'
import type { MarkerEnvironment } from './marker.ts'
import { allows, applies, parseRequirement, type Requirement } from './requirement.ts'
import { fitOf, type WheelTarget } from './wheel-name.ts'

/** Where wheels may come from, in the order of preference, and for which Python. */
export interface ResolvePlan {
  readonly sources: readonly PackageSource[]
  readonly target: WheelTarget
  readonly environment: MarkerEnvironment
  /** Versions of packages that are there already and stay as they are, by normalised name. */
  readonly present: ReadonlyMap<string, string>
}

/** One package that was chosen. */
export interface Chosen {
  readonly candidate: Candidate
  readonly requested: boolean
}

/** A package under way: everything that was asked of it so far. */
interface Wanted {
  readonly name: string
  readonly texts: string[]
  readonly specifiers: string[]
  readonly extras: Set<string>
  /** Names of the packages that it is needed by; empty text for the caller. */
  readonly askedBy: Set<string>
}

const MAX_ROUNDS = 20
/** Constraints of one package, and extras of it: each is looked at for each of its versions or requirements. */
const MAX_ASKED = 100

/**
 * Chooses a wheel for each requirement and for whatever these require: the highest version that all allow, from the
 * first source that has one. When a later requirement forbids a choice, all is chosen again, knowing it.
 * @throws PackageError with every package that cannot be had
 */
export async function resolvePackages(texts: readonly string[], plan: ResolvePlan): Promise<Chosen[]> {
  const wanted = new Map<string, Wanted>()
  const problems: PackageProblem[] = []
  for (const text of texts) {
    const requirement = parseRequirement(text)
    if ('problem' in requirement) {
      problems.push({ requirement: text, kind: 'bad-requirement', detail: requirement.problem })
    } else if (applies(requirement, plan.environment, [])) want(wanted, requirement, '')
  }
  if (problems.length > 0) throw new PackageError(problems)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const chosen = await chooseAll(wanted, plan)
    if (chosen !== null) return chosen
  }
  throw new PackageError([
    { requirement: texts.join(', '), kind: 'conflict', detail: 'no versions were found that fit together' },
  ])
}

/** One round; null when a requirement was met that an earlier choice did not know. */
async function chooseAll(wanted: Map<string, Wanted>, plan: ResolvePlan): Promise<Chosen[] | null> {
  const chosen = new Map<string, Chosen>()
  const failed = new Set<string>()
  const problems: PackageProblem[] = []
  const waiting = [...wanted.values()].filter(({ askedBy }) => askedBy.has(''))
  let isStale = false
  for (let package_ = waiting.shift(); package_ !== undefined; package_ = waiting.shift()) {
    if (chosen.has(package_.name) || failed.has(package_.name)) continue
    const version = plan.present.get(package_.name)
    const conflict = version === undefined ? null : conflictWith(package_, version)
    if (conflict !== null) {
      failed.add(package_.name)
      problems.push(conflict)
    }
    if (version !== undefined) continue
    const found = await choose(package_, plan)
    if ('requirement' in found) {
      failed.add(package_.name)
      problems.push(found)
      continue
    }
    chosen.set(package_.name, { candidate: found, requested: package_.askedBy.has('') })
    if (chosen.size > MAX_PACKAGES) throw new PackageError([tooMany(package_)])
    for (const requirement of await requirementsOf(found, package_, plan)) {
      const { changed, target } = want(wanted, requirement, package_.name)
      if (!chosen.has(requirement.name)) waiting.push(target)
      else if (changed) isStale = true
    }
  }
  if (problems.length > 0) throw new PackageError(problems)
  return isStale ? null : [...chosen.values()]
}

/**
 * Adds to what is asked of a package; `changed`: it was not known before.
 * @throws PackageError when it is more than any package is asked for
 */
function want(wanted: Map<string, Wanted>, requirement: Requirement, by: string) {
  const { name, specifier, extras, text } = requirement
  let target = wanted.get(name)
  target ??= { name, texts: [], specifiers: [], extras: new Set(), askedBy: new Set() }
  wanted.set(name, target)
  const isNews = !target.specifiers.includes(specifier) || extras.some((extra) => !target.extras.has(extra))
  if (isNews) {
    target.texts.push(by === '' ? text : `${text} (for ${by})`)
    target.specifiers.push(specifier)
    for (const extra of extras) target.extras.add(extra)
    if (target.specifiers.length > MAX_ASKED || target.extras.size > MAX_ASKED)
      throw new PackageError([askedTooMuch(name)])
  }
  target.askedBy.add(by)
  return { changed: isNews && (specifier !== '' || extras.length > 0), target }
}

/** What speaks against a package that is there already, or null. */
function conflictWith({ texts, specifiers, extras }: Wanted, version: string): PackageProblem | null {
  const requirement = texts.join(' and ')
  const there = `${version} is there already, and stays as it is`
  if (!allows(specifiers, version)) return { requirement, kind: 'conflict', detail: there }
  if (extras.size === 0) return null
  return { requirement, kind: 'conflict', detail: `${there}; name what its extras need` }
}

async function choose(wanted: Wanted, plan: ResolvePlan): Promise<Candidate | PackageProblem> {
  const trail: SearchTrail = { reasons: [], versions: [] }
  for (const source of plan.sources) {
    const { candidates, reason } = await source.find(wanted.name)
    if (reason !== null) trail.reasons.push(reason)
    const best = await bestOf(candidates, wanted, plan.target)
    if (best !== null) return best
    for (const { wheel, origin } of candidates) trail.versions.push(`${wheel.version} in ${origin}`)
  }
  return problemOf(wanted.texts, trail)
}

/** The highest version that all allow. One before its release is taken where it is named, or where there is nothing else. */
async function bestOf(
  candidates: readonly Candidate[],
  { specifiers }: Wanted,
  target: WheelTarget,
): Promise<Candidate | null> {
  const best: { released: Candidate | null; early: Candidate | null } = { released: null, early: null }
  const slices = new Slices()
  for (const candidate of candidates) {
    if (slices.over) await slices.next()
    const kind = explain(candidate.wheel.version)?.is_prerelease ? 'early' : 'released'
    // Asked last, because it takes longest.
    if (isBetter(candidate, best[kind], target) && allows(specifiers, candidate.wheel.version))
      best[kind] = candidate
  }
  return best.released ?? best.early
}

function isBetter({ wheel }: Candidate, than: Candidate | null, target: WheelTarget): boolean {
  if (than === null) return true
  const byVersion = compare(wheel.version, than.wheel.version)
  return byVersion !== 0 ? byVersion > 0 : fitOf(wheel, target) > fitOf(than.wheel, target)
}

async function requirementsOf(
  candidate: Candidate,
  wanted: Wanted,
  { environment }: ResolvePlan,
): Promise<Requirement[]> {
  try {
    const extras = [...wanted.extras]
    const applying: Requirement[] = []
    const slices = new Slices()
    for (const requirement of await candidate.requirements()) {
      if (applies(requirement, environment, extras)) applying.push(requirement)
      if (slices.over) await slices.next()
    }
    return applying
  } catch (error) {
    throw wheelProblem(candidate, error)
  }
}

/** What went wrong with one wheel that was chosen. */
export function wheelProblem({ wheel, origin }: Candidate, error: unknown): Error {
  if (!(error instanceof Error) || error instanceof SandboxError) return error as Error
  const kinds: Readonly<Record<string, PackageProblem['kind']>> = {
    HashDiffersError: 'hash-differs',
    WheelTooLargeError: 'too-large',
    FetchTooLargeError: 'too-large',
  }
  const fetchKind = error.name === 'FetchError' && 'kind' in error ? error.kind : null
  const kind =
    fetchKind === 'not-found' ? 'index-failed' : (fetchKind ?? kinds[error.constructor.name] ?? 'bad-wheel')
  const detail = `from ${origin}: ${error.message}`
  return new PackageError([{ requirement: wheel.fileName, kind: kind as PackageProblem['kind'], detail }], {
    cause: error,
  })
}

function askedTooMuch(requirement: string): PackageProblem {
  const detail = `more than ${MAX_ASKED} different constraints or extras are asked of it`
  return { requirement, kind: 'too-large', detail }
}

function tooMany({ name }: Wanted): PackageProblem {
  return {
    requirement: name,
    kind: 'too-large',
    detail: `it brings the packages to more than ${MAX_PACKAGES}`,
  }
}

/** What was met on the search for a package. */
interface SearchTrail {
  readonly reasons: SourceReason[]
  /** Versions that exist and are not allowed. */
  readonly versions: string[]
}

/** The most telling first. */
const WEIGHT = ['offline', 'no-network', 'index-failed', 'no-build', 'no-such-package'] as const
const MAX_VERSIONS = 5

/** Why nobody has a package. `texts` are the requirements that were to be met. */
function problemOf(texts: readonly string[], { reasons, versions }: SearchTrail): PackageProblem {
  const requirement = texts.join(' and ')
  const others = reasons.map(({ detail }) => detail).join('; ')
  if (versions.length > 0) {
    const shown = versions.slice(0, MAX_VERSIONS).join(', ')
    const kind = texts.length > 1 ? 'conflict' : 'no-such-version'
    const known = `there is only ${shown}${versions.length > MAX_VERSIONS ? ', ...' : ''}`
    return { requirement, kind, detail: others === '' ? known : `${known}; ${others}` }
  }
  const kind = WEIGHT.find((each) => reasons.some((reason) => reason.kind === each)) ?? 'no-such-package'
  return { requirement, kind, detail: others === '' ? 'no source of packages has it' : others }
}

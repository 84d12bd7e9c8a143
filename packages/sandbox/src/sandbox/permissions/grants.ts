import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { InvalidOptionsError, type OptionProblem } from '../errors/errors.ts'
import { temporaryRoot } from '../host/guardian.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'
import { type EnvValues, resolveEnv } from './env-names.ts'
import { parseHosts } from './hosts.ts'
import type { NetPolicy } from './net-policy.ts'
import { type GrantedPath, grantOf, resolveGrantedPaths, resolvePath } from './paths.ts'
import { type GrantedProgram, resolveGrantedPrograms } from './programs.ts'

/** `true`: all of it. `false`: none. A list, never empty: exactly these. */
export type Grant<Value> = boolean | readonly Value[]

/** What the owner lets Python touch, with everything looked up. Frozen. */
export interface Grants {
  /** The variables that are granted and set. */
  readonly env: EnvValues
  readonly read: Grant<GrantedPath>
  readonly write: Grant<GrantedPath>
  readonly net: NetPolicy
  readonly run: Grant<GrantedProgram>
  /** Library files. */
  readonly ffi: Grant<GrantedPath>
  /** Sentences for the log: what was granted that no wall can hold any more. */
  readonly warnings: readonly string[]
}

/** The options that grant something. */
export interface GrantSettings {
  readonly allowEnv: Grant<string>
  readonly allowRead: Grant<string>
  readonly allowWrite: Grant<string>
  readonly allowNet: Grant<string>
  readonly allowRun: Grant<string>
  readonly allowFfi: Grant<string>
  readonly denyNet?: readonly string[] | undefined
}

/** What grants are looked up in. */
export interface GrantContext {
  /** Absolute; where relative entries start. */
  readonly cwd: string
  /** The host's environment: the source of granted values, and of PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Folders of our own that no entry of `allowRead` and `allowWrite` may be in or hold. */
  readonly protectedFolders: { readonly read: readonly string[]; readonly write: readonly string[] }
}

const ALL_WARNINGS = {
  allowRead: 'Python can read every file that this process can',
  allowWrite: 'Python can change every file that this process can, and with them what other programs do',
  allowRun: 'Python can start every program, and no wall holds those',
  allowFfi: 'Python can load every library, and native code is held by no permission',
} as const

/**
 * Looks up everything that the options grant.
 * @throws InvalidOptionsError naming each entry of each list that cannot be granted exactly
 */
export function resolveGrants(settings: GrantSettings, context: GrantContext): Grants {
  const { cwd, env, protectedFolders } = context
  const problems: OptionProblem[] = []
  const list = <Value>(
    grant: Grant<string>,
    resolve: (entries: readonly string[]) => Value[],
  ): Grant<Value> => {
    if (typeof grant === 'boolean') return grant
    const values = noting(problems, [], () => resolve(grant))
    return values.length > 0 && values
  }
  const paths = (option: 'allowRead' | 'allowWrite', kept: readonly string[]) =>
    list(settings[option], (entries) => resolveGrantedPaths(option, entries, { cwd, protectedFolders: kept }))

  const grants: Grants = {
    env: noting(problems, {}, () => resolveEnv(settings.allowEnv, env)),
    read: paths('allowRead', protectedFolders.read),
    write: paths('allowWrite', protectedFolders.write),
    net: {
      allow: list(settings.allowNet, (entries) => parseHosts('allowNet', entries)),
      deny: noting(problems, [], () => parseHosts('denyNet', settings.denyNet ?? DEFAULT_DENY_NET)),
    },
    run: list(settings.allowRun, (entries) =>
      resolveGrantedPrograms(entries, { cwd, searchPath: env.PATH ?? '' }),
    ),
    ffi: list(settings.allowFfi, (entries) => resolveGrantedLibraries(entries, cwd)),
    warnings: warningsFor(settings),
  }
  problems.push(...replaceable(grants))
  if (problems.length > 0) throw new InvalidOptionsError('options', problems)
  return deepFrozen(grants)
}

/** What Python could write it could replace, and then native code of its own would run outside every wall. */
function replaceable({ write, run, ffi }: Grants): OptionProblem[] {
  const problemsOf = (option: string, grant: Grant<{ path: string; target: string }>) =>
    asList(grant).flatMap(({ path, target }) => {
      const writable = grantOf(asList(write), target)
      if (writable === null) return []
      const problem = `${quoted(path)} is in ${quoted(writable.path)}, which "allowWrite" grants: Python could replace it`
      return [{ path: option, problem }]
    })
  const interpreters = asList(run).flatMap(({ interpreter }) => interpreter ?? [])
  return [
    ...problemsOf('allowRun', run),
    ...problemsOf('allowRun', interpreters),
    ...problemsOf('allowFfi', ffi),
  ]
}

function warningsFor(settings: GrantSettings): string[] {
  return Object.entries(ALL_WARNINGS)
    .filter(([option]) => Reflect.get(settings, option) === true)
    .map(([option, danger]) => `"${option}" is true: ${danger}`)
}

function asList<Value>(grant: Grant<Value>): readonly Value[] {
  return typeof grant === 'boolean' ? [] : grant
}

/** Notes the problems of one option and goes on to the next, so that the caller hears of all at once. */
function noting<Value>(problems: OptionProblem[], otherwise: Value, resolve: () => Value): Value {
  try {
    return resolve()
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error
    problems.push(...error.problems)
    return otherwise
  }
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen)
  return value
}

/**
 * Looks up each entry of `allowFfi`: the path of a library file. Names that a loader would search for are not read.
 * @throws InvalidOptionsError naming each entry that is not a file or cannot be granted exactly
 */
function resolveGrantedLibraries(entries: readonly string[], cwd: string): GrantedPath[] {
  const libraries = parseEntries('allowFfi', entries, (entry) => {
    const library = resolvePath(entry, { cwd, protectedFolders: [] })
    if (library.kind !== 'file') throw new EntryRefusal('is a folder; name each library file')
    return library
  })
  return [...new Map(libraries.map((library) => [library.path, library])).values()]
}

const { packageFolder: PACKAGE_FOLDER } = ownTree(import.meta.url)

/**
 * What no list may grant: what is kept (images, from which later workers start, and sessions); the folders of workers
 * that run now; and, for writing, this package, whose code runs on the host. `grantsFiles` says whether any list will be
 * held against it.
 */
export function ownFolders(
  kept: readonly string[],
  grantsFiles: boolean,
): { read: string[]; write: string[] } {
  const own = grantsFiles ? [...kept, temporaryRoot()] : []
  return { read: own, write: [...own, PACKAGE_FOLDER] }
}

import { InvalidOptionsError, type OptionProblem } from '../errors.ts'
import type { SandboxSettings } from '../options.ts'
import { DEFAULT_DENY_NET } from './deny-ranges.ts'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'
import { type EnvValues, resolveEnv } from './env-names.ts'
import { type HostEntry, parseHosts } from './hosts.ts'
import type { NetPolicy } from './net-policy.ts'
import { type GrantedPath, grantOf, resolveGrantedPaths } from './paths.ts'
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
export type GrantSettings = Pick<
  SandboxSettings,
  'allowEnv' | 'allowRead' | 'allowWrite' | 'allowNet' | 'allowRun' | 'allowFfi' | 'denyNet'
>

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
  const list = <Value>(grant: Grant<string>, resolve: (entries: readonly string[]) => Value[]): Grant<Value> => {
    if (typeof grant === 'boolean') return grant
    const values = noting(problems, () => resolve(grant)) ?? []
    return values.length > 0 && Object.freeze(values)
  }
  const paths = (option: 'allowRead' | 'allowWrite' | 'allowFfi', kept: readonly string[]) =>
    list(settings[option], (entries) => resolveGrantedPaths(option, entries, { cwd, protectedFolders: kept }))

  const write = paths('allowWrite', protectedFolders.write)
  const run = list(settings.allowRun, (entries) => {
    const programs = resolveGrantedPrograms(entries, { cwd, searchPath: env.PATH ?? '' })
    refuseWritable('allowRun', entries, programs, write)
    return programs
  })
  const ffi = paths('allowFfi', [])
  const grants: Grants = {
    env: noting(problems, () => resolveEnv(settings.allowEnv, env)) ?? {},
    read: paths('allowRead', protectedFolders.read),
    write,
    net: Object.freeze({
      allow: list(settings.allowNet, (entries) => parseHosts('allowNet', entries)),
      deny: denied(settings, problems),
    }),
    run,
    ffi,
    warnings: Object.freeze(warningsFor(settings)),
  }
  if (problems.length > 0) throw new InvalidOptionsError('options', problems)
  return Object.freeze(grants)
}

import { posix } from 'node:path'
import { allowedRequirement } from '../execution/on-demand/import-packages.ts'
import type { AutoInstall } from '../packages/auto-install-option.ts'
import type { Grant, Grants } from '../permissions/grants.ts'
import { decideHost } from '../permissions/net-policy.ts'
import { findProgram } from '../permissions/programs.ts'
import { isInside } from '../permissions/real-path.ts'
import type { CodeNeeds, FoundNeeds, Need } from './code-needs.ts'

/** What needs are held against. */
export interface GrantedThings {
  readonly grants: Grants
  readonly autoInstall: AutoInstall
  /** Names of secrets, which are variables. */
  readonly secrets: readonly string[]
  /** The package that brings a missing module, by the module. */
  readonly packages: ReadonlyMap<string, string>
}

/**
 * Says of each need whether it is granted. The host is not looked at: of a path its name alone counts, so that nobody learns
 * here what there is.
 */
export function grantedNeeds(found: FoundNeeds, things: GrantedThings): CodeNeeds {
  const { grants, autoInstall, packages, secrets } = things
  const { problem, imports, hosts, paths, programs, variables, libraries, hidden, input } = found
  const pathsOf = (write: boolean, grant: Grants['read']) =>
    paths
      .filter((path) => path.write === write)
      .map(({ path, line }) => ({ name: posix.normalize(path), line, granted: holds(grant, path) }))
  const needs = {
    packages: imports.flatMap(({ module, line }) => {
      const name = packages.get(module)
      if (name === undefined) return []
      return [
        { name, line, granted: autoInstall !== false && allowedRequirement(name, autoInstall) !== null },
      ]
    }),
    hosts: hosts.map(({ host, port, line }) => ({
      ...{ name: `${host}:${port}`, line },
      granted: decideHost(grants.net, { host, port }).allowed,
    })),
    reads: pathsOf(false, grants.read),
    writes: pathsOf(true, grants.write),
    programs: programs.map(({ name, line }) => {
      const { run } = grants
      return { name, line, granted: typeof run === 'boolean' ? run : findProgram(run, name) !== null }
    }),
    variables: variables.map(({ name, line }) => {
      const granted = Object.hasOwn(grants.env, name) || secrets.includes(name) || OWN.has(name)
      return { name, line, granted }
    }),
    libraries: libraries.map(({ name, line }) => ({ name, line, granted: holds(grants.ffi, name) })),
  }
  return { problem, imports, ...needs, hidden, input, missing: missingOf(needs) }
}

/** Variables that Python has anyway. */
const OWN = new Set(['HOME', 'LANG'])

function holds(grant: Grant<{ readonly path: string }>, path: string): boolean {
  if (typeof grant === 'boolean') return grant
  const name = posix.normalize(path)
  return grant.some((each) => each.path === name || isInside(each.path, name))
}

function missingOf(needs: Readonly<Record<keyof typeof OPTIONS, readonly Need[]>>): CodeNeeds['missing'] {
  const all = Object.entries(OPTIONS).map(([kind, option]) => {
    const lacking = needs[kind as keyof typeof OPTIONS].filter(({ granted }) => !granted)
    return [option, [...new Set(lacking.map(({ name }) => name))]] as const
  })
  return Object.fromEntries(all.filter(([, names]) => names.length > 0))
}

/** The option that grants each kind of need. */
const OPTIONS = {
  packages: 'packages',
  hosts: 'allowNet',
  reads: 'allowRead',
  writes: 'allowWrite',
  programs: 'allowRun',
  variables: 'allowEnv',
  libraries: 'allowFfi',
} as const

import type { PackageProblem } from '../errors/errors.ts'
import type { SourceReason } from './candidate.ts'

/** What was met on the search for a package. */
export interface SearchTrail {
  readonly reasons: SourceReason[]
  /** Versions that exist and are not allowed. */
  readonly versions: string[]
}

/** The most telling first. */
const WEIGHT = ['offline', 'no-network', 'index-failed', 'no-build', 'no-such-package'] as const
const MAX_VERSIONS = 5

/** Why nobody has a package. `texts` are the requirements that were to be met. */
export function problemOf(texts: readonly string[], { reasons, versions }: SearchTrail): PackageProblem {
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

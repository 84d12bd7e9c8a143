import { createNetGuard, InvalidOptionsError } from 'agentchat-sandbox'
import type { Problem } from './errors.ts'
import type { Policy } from './policy.ts'
import type { ToolPermissions } from './sandbox-set.ts'

/** What is wrong with hosts as they are written; `path` is where they stand. */
export function hostProblems(hosts: readonly string[], path: string): Problem[] {
  try {
    createNetGuard({ allow: [...hosts] })
    return []
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error
    return error.problems.map(({ problem }) => ({ path, problem }))
  }
}

/** What is wrong with hosts that code of a user is to reach: it may reach what tools of users may. */
export function netGrantProblems(
  { policy }: { readonly policy: Pick<Policy, 'allowNet'> },
  { allowNet }: ToolPermissions,
): Problem[] {
  const path = 'permissions.allowNet'
  const wrong = hostProblems(allowNet, path)
  if (wrong.length > 0) return wrong
  return allowNet
    .filter((host) => !policy.allowNet.includes(host))
    .map((host) => ({ path, problem: `the policy of this service does not grant "${host}"` }))
}

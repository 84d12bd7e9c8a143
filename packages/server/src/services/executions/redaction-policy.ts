import type { Problem } from '../errors.ts'

/** What is taken out of what comes back: the weakest first. */
export const REDACTIONS = ['off', 'known', 'known+patterns'] as const
export type Redaction = (typeof REDACTIONS)[number]

/** The strictest of these. */
export function strictest(...policies: readonly (Redaction | null | undefined)[]): Redaction {
  return REDACTIONS[Math.max(0, ...policies.map((policy) => rankOf(policy ?? 'off')))] ?? 'known+patterns'
}

/** What is wrong with asking for this where that much holds anyway: it may be made stricter, never weaker. */
export function redactionProblems(asked: Redaction | null | undefined, floor: Redaction): Problem[] {
  if ((asked ?? null) === null || strictest(asked, floor) === asked) return []
  return [{ path: 'redaction', problem: `at least "${floor}" here, got "${asked}"` }]
}

function rankOf(policy: Redaction): number {
  return REDACTIONS.indexOf(policy)
}

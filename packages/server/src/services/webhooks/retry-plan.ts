/** How long after each attempt the next one is made: about three hours altogether. */
export const RETRY_AFTER_SECONDS = [5, 30, 120, 600, 1800, 7200] as const
/** Attempts at a receiver that has never answered anything. */
export const ATTEMPTS_AT_STRANGERS = 4

/** What came of an attempt: the status that was answered, or null, and what was wrong, or null. */
export interface Attempt {
  readonly status: number | null
  readonly problem: string | null
}

/** What becomes of a delivery after an attempt. */
export type NextStep =
  | { readonly status: 'delivered' | 'failed' }
  | { readonly status: 'pending'; readonly afterSeconds: number }

/** Decides whether a message is sent again, and when. `attempts` counts the one that was just made. */
export function nextStep(
  attempt: Attempt,
  { attempts, hasAnswered }: { readonly attempts: number; readonly hasAnswered: boolean },
): NextStep {
  if (attempt.problem === null) return { status: 'delivered' }
  // Gone: the receiver says that it wants to hear no more.
  if (attempt.status === 410) return { status: 'failed' }
  if (attempt.status === null && !hasAnswered && attempts >= ATTEMPTS_AT_STRANGERS)
    return { status: 'failed' }
  const afterSeconds = RETRY_AFTER_SECONDS[attempts - 1]
  return afterSeconds === undefined ? { status: 'failed' } : { status: 'pending', afterSeconds }
}

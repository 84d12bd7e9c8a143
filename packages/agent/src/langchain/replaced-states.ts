import { digestOf } from './state-digest.ts'

/** Of these the oldest are forgotten; a step of a graph has at most a few. */
const MAX_KEPT = 10_000

/**
 * Which state took the place of which within one step of a graph. The updates of parallel calls reach the state in the
 * order of the message; where the calls ran in another order, this says which of two updates is the newer one.
 */
const successors = new Map<string, string>()

/** Says that `next` was made from `before`, in the same step. Both are text or JSON, none is null. */
export function noteReplaced(before: unknown, next: unknown): void {
  const key = digestOf(before)
  successors.delete(key)
  successors.set(key, digestOf(next))
  for (const [oldest] of successors) {
    if (successors.size <= MAX_KEPT) break
    successors.delete(oldest)
  }
}

/** Did `by` take the place of `value`, or of what took its place? */
export function isReplaced(value: unknown, by: unknown): boolean {
  if (value === null || by === null) return false
  const target = digestOf(by)
  let at = successors.get(digestOf(value))
  for (let steps = 0; at !== undefined && steps < MAX_KEPT; steps += 1) {
    if (at === target) return true
    at = successors.get(at)
  }
  return false
}

import { inexactProblem, isInexact } from './exact-json.ts'

/** More than this is no value but a mistake: an object that holds itself, for one. */
const MAX_VALUES = 5_000_000

/**
 * Why a value of this program is no JSON, or null when it is. Level by level, and not by recursion. What holds no others is
 * looked at by `problemOfScalar`.
 */
export function problemOfJson(
  value: unknown,
  maxDepth: number,
  problemOfScalar: (value: unknown) => string | null = plainProblem,
): string | null {
  let level: unknown[] = [value]
  let seen = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) {
        const problem = problemOfScalar(item)
        if (problem !== null) return problem
        continue
      }
      if (depth >= maxDepth) return `is nested deeper than ${maxDepth} levels`
      if (!isPlain(item)) return 'must be a JSON value'
      for (const below of Array.isArray(item) ? item : Object.values(item)) next.push(below)
      if (seen + next.length > MAX_VALUES) return `holds more than ${MAX_VALUES} values`
    }
    seen += next.length
    level = next
  }
  return null
}

function plainProblem(value: unknown): string | null {
  const isScalar =
    typeof value === 'number'
      ? Number.isFinite(value)
      : value === null || typeof value === 'string' || typeof value === 'boolean'
  return isScalar ? null : 'must be a JSON value'
}

/** The same for a value that may hold BigInts, and no number that stands for its neighbours as well. */
export function exactProblem(value: unknown): string | null {
  if (typeof value === 'bigint') return null
  return isInexact(value) ? inexactProblem(value) : plainProblem(value)
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

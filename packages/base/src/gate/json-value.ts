/** More than this is no value but a mistake: an object that holds itself, for one. */
const MAX_VALUES = 5_000_000

/** Why a value of this program is no JSON, or null when it is. Level by level, and not by recursion. */
export function problemOfJson(value: unknown, maxDepth: number): string | null {
  let level: unknown[] = [value]
  let seen = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item !== 'object' || item === null) {
        if (!isScalar(item)) return 'must be a JSON value'
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

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

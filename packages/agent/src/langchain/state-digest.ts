import { createHash } from 'node:crypto'

/** A short name for text or JSON; the same for equal values, in whatever order a database gives their keys back. */
export function digestOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(sorted(value))
  return createHash('sha256').update(text).digest('base64url')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

import type { JsonValue } from './json.ts'

/** Which part of a document stands in a line, from 1, of its JSON text with two spaces of indentation. */
export function pathAtLine(document: JsonValue, line: number): string {
  let current = 1
  let found: readonly string[] = []
  const walk = (value: JsonValue, path: readonly string[]) => {
    if (current <= line) found = path
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return
    for (const [key, item] of Object.entries(value)) {
      current += 1
      if (current > line) return
      walk(item, [...path, key])
    }
    // The line with the closing bracket.
    current += 1
    if (current === line) found = path
  }
  walk(document, [])
  return found.join('.')
}

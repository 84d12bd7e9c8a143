import { checkJsonText, JsonBoundsError } from '../json-text.ts'
import { wrong } from './document-error.ts'
import type { JsonValue } from './json.ts'
import { MAX_DEPTH, MAX_DOCUMENT_CHARS } from './limits.ts'

const BOUNDS = { maxDepth: MAX_DEPTH, maxWork: 2_000_000, plainNames: true }

/** @throws DocumentError */
export function demandLength(text: string): void {
  if (text.length > MAX_DOCUMENT_CHARS) throw wrong('', `is longer than ${MAX_DOCUMENT_CHARS} characters`)
}

/** Demands that JSON text can be walked by recursion. @throws DocumentError */
export function demandBounds(text: string): void {
  try {
    checkJsonText(text, BOUNDS)
  } catch (error) {
    if (!(error instanceof JsonBoundsError)) throw error
    throw wrong(error.path, error.problem)
  }
}

/**
 * Demands that no text and no name of a document holds what the database cannot store.
 * @throws DocumentError
 */
export function demandStorable(value: JsonValue, path: readonly string[] = []): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw wrong(path.join('.'), 'must not hold U+0000')
  } else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) {
      if (name.includes('\0')) throw wrong(path.join('.'), 'must not hold a name with U+0000')
      demandStorable(each, [...path, name])
    }
}

import type { JsonBounds } from './json-bounds.ts'
import { JsonScan } from './json-scan.ts'

export { BODY_BOUNDS, type JsonBounds, JsonBoundsError } from './json-bounds.ts'
export { JsonScan } from './json-scan.ts'

/**
 * Parses JSON text of strangers: its nesting and its cost are known before anything is built.
 * @throws JsonBoundsError
 * @throws SyntaxError when it is no JSON
 */
export function parseJson(text: string, bounds: JsonBounds): unknown {
  checkJsonText(text, bounds)
  return JSON.parse(text)
}

/**
 * Checks JSON text against bounds, in one pass and without recursion. Whether it is JSON at all, its parser finds out.
 * @throws JsonBoundsError
 */
export function checkJsonText(text: string, bounds: JsonBounds): void {
  new JsonScan(bounds).read(text)
}

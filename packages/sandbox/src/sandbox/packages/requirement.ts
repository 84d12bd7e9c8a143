import { satisfies, validRange } from '@renovatebot/pep440'
import { evaluateMarker, type MarkerEnvironment, markerEnvironment } from './marker.ts'

/** What somebody asks for, in the grammar of PEP 508: `numpy>=2`, `httpx[http2]; python_version < "3.9"`. */
export interface Requirement {
  /** As it was written. */
  readonly text: string
  /** Normalised (PEP 503). */
  readonly name: string
  readonly extras: readonly string[]
  /** Constraints in the grammar of PEP 440, or empty. */
  readonly specifier: string
  /** When it applies, or null: always. */
  readonly marker: string | null
}

const MAX_LENGTH = 1000
const MAX_EXTRAS = 50
/** Of a text without white space around it. No two neighbours take the same character: it is read once. */
const GRAMMAR =
  /^([A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*)\s*(?:\[([^\]]*)\]\s*)?(@[^;]*|\([^;()]*\)\s*|[<>=!~][^;()]*)?(?:;(.*))?$/s

/** The name under which indexes know a package (PEP 503). */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** Reads a requirement, or says what is wrong with it. */
export function parseRequirement(text: string): Requirement | { readonly problem: string } {
  if (text.length > MAX_LENGTH) return { problem: `longer than ${MAX_LENGTH} characters` }
  const found = GRAMMAR.exec(text.trim())
  if (found === null) return { problem: 'no requirement such as "numpy" or "numpy>=2"' }
  const [, name = '', extras = '', constraint = '', marker] = found
  if (constraint.startsWith('@'))
    return {
      problem: 'packages by address are not supported: name it, and put its wheel into the wheel folder',
    }
  const specifier = withoutBrackets(constraint.trim())
  if (specifier !== '' && !validRange(specifier))
    return { problem: `"${specifier}" is no version constraint such as ">=2,<3"` }
  const problem = marker === undefined ? null : markerProblem(marker)
  if (problem !== null) return { problem }
  const named = extrasOf(extras)
  if (named.length > MAX_EXTRAS) return { problem: `it names more than ${MAX_EXTRAS} extras` }
  return {
    text: text.trim(),
    name: normaliseName(name),
    extras: named,
    specifier,
    marker: marker?.trim() || null,
  }
}

function extrasOf(text: string): string[] {
  return text
    .split(',')
    .map((extra) => normaliseName(extra.trim()))
    .filter((extra) => extra !== '')
}

/** `(>=2)` is an old way to write `>=2`. */
function withoutBrackets(constraint: string): string {
  return constraint.startsWith('(') ? constraint.slice(1, -1).trim() : constraint
}

function markerProblem(marker: string): string | null {
  try {
    evaluateMarker(marker, markerEnvironment('3.14.0', 'wasm32'))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Does the requirement apply here, for one who asked for these extras of the package that states it? */
export function applies(
  { marker }: Requirement,
  environment: MarkerEnvironment,
  extras: readonly string[],
): boolean {
  if (marker === null) return true
  if (!marker.includes('extra')) return evaluateMarker(marker, environment)
  return ['', ...extras].some((extra) => evaluateMarker(marker, { ...environment, extra }))
}

/** Is this version allowed by all of the constraints? A version before its release only where one names it. */
export function allows(specifiers: readonly string[], version: string): boolean {
  return specifiers.every((specifier) => {
    if (specifier === '') return true
    const prereleases = /\d(a|b|rc|\.?dev)\d*/.test(specifier)
    return satisfies(version, specifier, { prereleases })
  })
}

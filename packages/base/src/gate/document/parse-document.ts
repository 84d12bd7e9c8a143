import { unfoldedSize } from '../unfolded-size.ts'
import { demandBounds, demandLength } from './document-bounds.ts'
import { DocumentError, type DocumentProblem, wrong } from './document-error.ts'
import type { JsonValue } from './json.ts'
import { MAX_PROBLEMS, MAX_UNFOLDED, READ_MS } from './limits.ts'
import { at, foreignReferences, isNode, type Node } from './local-references.ts'
import { pathAtLine } from './path-at-line.ts'
import { readText } from './read-text.ts'

/**
 * Reads an OpenAPI document, JSON or YAML or read already. Nothing outside it is looked at. Only for a process that may be
 * killed: its parsers recurse, and take as long as they take.
 * @throws DocumentError with everything that is wrong and where
 */
export async function parseDocument(source: JsonValue): Promise<Node> {
  if (typeof source === 'string') demandLength(source)
  const document = typeof source === 'string' ? readText(source) : source
  const text = JSON.stringify(document) ?? ''
  demandLength(text)
  demandBounds(text)
  if (!isNode(document)) throw wrong('', 'is no object')
  if (!/^3\.[01]\.\d+/.test(String(document.openapi)))
    throw wrong(
      'openapi',
      `must be 3.0 or 3.1, got ${JSON.stringify(document.openapi ?? document.swagger ?? null)}`,
    )
  const foreign = foreignReferences(document)
  if (foreign.length > 0) {
    throw new DocumentError(
      foreign.slice(0, MAX_PROBLEMS).map(({ path, ref }) => ({
        path,
        problem: `refers to ${JSON.stringify(ref)}; only references within the document ("#/...") are followed`,
      })),
    )
  }
  if (unfoldedSize<Part>([document], MAX_UNFOLDED, (part) => partsOf(part, document)) > MAX_UNFOLDED)
    throw wrong('', `has references that lead to more than ${MAX_UNFOLDED} parts when each is followed`)
  await validateDocument(text)
  return document
}

type Part = JsonValue[] | Node

/** What stands in a part of a document, and what it refers to. */
function partsOf(part: Part, document: Node): Part[] {
  const target =
    isNode(part as JsonValue) && '$ref' in part && typeof part.$ref === 'string'
      ? at(document, part.$ref)
      : null
  return [...Object.values(part), target].filter(
    (each): each is Part => typeof each === 'object' && each !== null,
  )
}

async function validateDocument(text: string): Promise<void> {
  const { validate } = await import('@readme/openapi-parser')
  const options = {
    resolve: { external: false },
    dereference: { circular: 'ignore' },
    timeoutMs: READ_MS,
  } as const
  // A copy, for it is changed by being validated.
  const result = await validate(JSON.parse(text), options).catch((error: unknown) => {
    throw wrong('', error instanceof Error ? error.message : String(error))
  })
  if (result.valid) return
  throw new DocumentError(
    result.errors.slice(0, MAX_PROBLEMS).map(({ message }) => problemOf(JSON.parse(text), message)),
  )
}

/** The parser tells where in its words (`/paths/x/get`), or shows a line of the document as it writes it. */
function problemOf(document: JsonValue, message: string): DocumentProblem {
  const [said = ''] = message.trim().split('\n', 1)
  const line = Number(/^> *(\d+) \|/m.exec(message)?.[1] ?? Number.NaN)
  const pointer = /`\/((?:paths|components)\/[^`]*)`/.exec(said)?.[1] ?? ''
  const path = Number.isNaN(line) ? pointer : pathAtLine(document, line)
  return { path: path.replace(/^\//, ''), problem: said.replace(/^[A-Z]+ (?=must|has|should|is)/, '') }
}

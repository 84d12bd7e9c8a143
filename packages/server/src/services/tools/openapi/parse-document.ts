import type { JsonValue } from 'agentchat-sandbox'
import { InvalidToolError, type Problem } from '../../errors.ts'
import { foreignReferences, isNode, type Node } from './local-references.ts'
import { pathAtLine } from './path-at-line.ts'

const MAX_DOCUMENT_CHARS = 2 ** 20
const MAX_DEPTH = 100
const MAX_PROBLEMS = 50
const VALIDATE_MS = 5000

/**
 * Reads an OpenAPI document, JSON or YAML or read already. Nothing outside it is looked at.
 * @throws InvalidToolError with everything that is wrong and where
 */
export async function parseDocument(source: JsonValue): Promise<Node> {
  const document = typeof source === 'string' ? await fromText(source) : source
  const text = JSON.stringify(document) ?? ''
  if (text.length > MAX_DOCUMENT_CHARS) throw invalid('', `is longer than ${MAX_DOCUMENT_CHARS} characters`)
  if (!isNode(document)) throw invalid('', 'is no object')
  if (depthOf(document) > MAX_DEPTH) throw invalid('', `is nested more than ${MAX_DEPTH} deep`)
  if (!/^3\.[01]\.\d+/.test(String(document.openapi)))
    throw invalid(
      'openapi',
      `must be 3.0 or 3.1, got ${JSON.stringify(document.openapi ?? document.swagger ?? null)}`,
    )
  const foreign = foreignReferences(document)
  if (foreign.length > 0) {
    throw new InvalidToolError(
      foreign.slice(0, MAX_PROBLEMS).map(({ path, ref }) => ({
        path: below(path),
        problem: `refers to ${JSON.stringify(ref)}; only references within the document ("#/...") are followed`,
      })),
    )
  }
  await validateDocument(text)
  return document
}

async function fromText(text: string): Promise<JsonValue> {
  if (text.length > MAX_DOCUMENT_CHARS) throw invalid('', `is longer than ${MAX_DOCUMENT_CHARS} characters`)
  const { parseDocument: parseYaml } = await import('yaml')
  // JSON is YAML too.
  const parsed = parseYaml(text, { schema: 'core', uniqueKeys: true, prettyErrors: true })
  if (parsed.errors.length > 0) {
    throw new InvalidToolError(
      parsed.errors.slice(0, MAX_PROBLEMS).map(({ message, linePos }) => ({
        path: below(linePos === undefined ? '' : `line ${linePos[0].line}, column ${linePos[0].col}`),
        problem: message.split('\n', 1)[0] ?? message,
      })),
    )
  }
  try {
    // Through JSON, so that what has no form there (dates, aliases in circles) is gone or found out.
    return JSON.parse(JSON.stringify(parsed.toJS({ maxAliasCount: 100 })) ?? 'null')
  } catch (error) {
    throw invalid('', `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function validateDocument(text: string): Promise<void> {
  const { validate } = await import('@readme/openapi-parser')
  const options = {
    resolve: { external: false },
    dereference: { circular: 'ignore' },
    timeoutMs: VALIDATE_MS,
  } as const
  // A copy, for it is changed by being validated.
  const result = await validate(JSON.parse(text), options).catch((error: unknown) => {
    throw invalid('', error instanceof Error ? error.message : String(error))
  })
  if (result.valid) return
  throw new InvalidToolError(
    result.errors.slice(0, MAX_PROBLEMS).map(({ message }) => problemOf(JSON.parse(text), message)),
  )
}

/** The parser tells where in its words (`/paths/x/get`), or shows a line of the document as it writes it. */
function problemOf(document: JsonValue, message: string): Problem {
  const [said = ''] = message.trim().split('\n', 1)
  const line = Number(/^> *(\d+) \|/m.exec(message)?.[1] ?? Number.NaN)
  const pointer = /`\/((?:paths|components)\/[^`]*)`/.exec(said)?.[1] ?? ''
  const path = Number.isNaN(line) ? pointer : pathAtLine(document, line)
  return { path: below(path), problem: said.replace(/^[A-Z]+ (?=must|has|should|is)/, '') }
}

const below = (path: string) =>
  path === '' ? 'definition.document' : `definition.document.${path.replace(/^\//, '')}`

function invalid(path: string, problem: string): InvalidToolError {
  return new InvalidToolError([{ path: below(path), problem }])
}

function depthOf(value: JsonValue): number {
  let depth = 0
  let level: JsonValue[] = [value]
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth += 1
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return depth
}

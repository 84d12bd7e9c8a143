import { Composer, CST, type Document, isMap, isScalar, Lexer, LineCounter, Parser, visit } from 'yaml'
import { demandBounds } from './document-bounds.ts'
import { DocumentError, type DocumentProblem, wrong } from './document-error.ts'
import type { JsonValue } from './json.ts'
import { MAX_DEPTH, MAX_PROBLEMS } from './limits.ts'

const TOO_DEEP = `is nested more than ${MAX_DEPTH} deep`

/**
 * Reads text that is JSON or YAML.
 * @throws DocumentError naming each line that is wrong
 */
export function readText(text: string): JsonValue {
  let value: JsonValue
  try {
    // What is JSON needs no YAML, which is much slower.
    value = JSON.parse(text)
  } catch {
    return fromYaml(text)
  }
  demandBounds(text)
  return value
}

/** Text that is YAML, or JSON, as a tree of which each part knows where it stands. @throws DocumentError */
export function composed(text: string) {
  const lines = new LineCounter()
  const tokens = [...tokensOf(text, lines)]
  // Readers of the parsed document walk it by recursion.
  if (tokens.some((token) => isDeep(token))) throw wrong('', TOO_DEEP)
  const options = { schema: 'core', uniqueKeys: false, lineCounter: lines } as const
  const [document, second] = new Composer(options).compose(tokens)
  if (second !== undefined) throw wrong('', 'holds more than one document')
  return { document, lines }
}

function fromYaml(text: string): JsonValue {
  const { document, lines } = composed(text)
  if (document === undefined) return null
  const problems = [
    ...document.errors.map((error) => problemAt(lines, error.pos[0], error.message)),
    ...repeatedKeys(document, lines),
  ]
  if (problems.length > 0) throw new DocumentError(problems.slice(0, MAX_PROBLEMS))
  try {
    // Through JSON, so that what has no form there (dates, aliases in circles) is gone or found out.
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? 'null')
  } catch (error) {
    throw wrong('', `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What the text is made of. The parser does not recurse, but takes long for brackets without end. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  let depth = 0
  let inScalar = false
  for (const lexeme of new Lexer().lex(text)) {
    if (!inScalar && (lexeme === '[' || lexeme === '{')) depth += 1
    if (!inScalar && (lexeme === ']' || lexeme === '}')) depth -= 1
    if (depth > MAX_DEPTH) throw wrong('', TOO_DEEP)
    inScalar = lexeme === CST.SCALAR
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}

/** Level by level, without recursion. */
function isDeep(token: CST.Token): boolean {
  let level: CST.Token[] = [token]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > 2 * MAX_DEPTH) return true
    level = level.flatMap((each) => partsOf(each))
  }
  return false
}

function partsOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value]
  if (!('items' in token)) return []
  return token.items.flatMap(({ key, value }) =>
    [key, value].filter((part) => part !== null && part !== undefined),
  )
}

/** The parser's own look for repeated keys compares each with each other one. */
function repeatedKeys(document: Document.Parsed | Document, lines: LineCounter): DocumentProblem[] {
  const problems: DocumentProblem[] = []
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        const name: unknown = isScalar(key) ? key.value : key
        if (seen.has(name) && isScalar(key))
          problems.push(problemAt(lines, key.range?.[0] ?? 0, 'Map keys must be unique'))
        seen.add(name)
      }
    },
  })
  return problems
}

function problemAt(lines: LineCounter, offset: number, message: string): DocumentProblem {
  const { line, col } = lines.linePos(offset)
  return { path: `line ${line}, column ${col}`, problem: message.split('\n', 1)[0] ?? message }
}

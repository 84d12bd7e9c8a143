import { at } from '../json-pointer.ts'
import { problemOfJson } from '../json-value.ts'
import { unfoldedSize } from '../unfolded-size.ts'
import { inPlace, type Node, subschemas } from './subschemas.ts'

const MAX_SCHEMA_CHARS = 256 * 1024
const MAX_DEPTH = 100
/** Schemas that may be applied to one value, one within the other. */
const MAX_APPLIED = 10_000
const TYPES = new Set<unknown>(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'])

/**
 * What makes a JSON Schema unusable, as far as that is seen without compiling it; null where nothing does. It takes time
 * in proportion to the length of the schema, whatever is in it.
 */
export function schemaProblem(schema: Node): string | null {
  const problem = problemOfJson(schema, MAX_DEPTH)
  if (problem !== null) return `the schema ${problem}`
  const { length } = JSON.stringify(schema)
  if (length > MAX_SCHEMA_CHARS) return `the schema is longer than ${MAX_SCHEMA_CHARS} characters`
  const nodes = subschemas(schema)
  const resolves = nodes.every(({ $id }) => $id === undefined)
  for (const node of nodes) {
    const wrong = keywordProblem(node, resolves ? schema : null)
    if (wrong !== null) return wrong
  }
  const applied = unfoldedSize(nodes, MAX_APPLIED, (node) => inPlace(node, schema))
  if (applied <= MAX_APPLIED) return null
  return `more than ${MAX_APPLIED} schemas are applied to one value, by "$ref", "allOf", "anyOf" and the like`
}

/** `root` is null where references may lead to what has an identifier of its own: the compiler finds that out. */
function keywordProblem({ $ref, type, pattern }: Node, root: Node | null): string | null {
  if (typeof $ref === 'string' && root !== null && leadsNowhere($ref, root))
    return `"$ref" leads to ${JSON.stringify($ref.slice(0, 200))}, which is not in the schema`
  const wrong = [type].flat().find((each) => each !== undefined && !TYPES.has(each))
  if (wrong !== undefined)
    return `"type" must be one of ${[...TYPES].join(', ')}, got ${JSON.stringify(wrong).slice(0, 200)}`
  if (typeof pattern === 'string' && !isPattern(pattern))
    return `"pattern" is no regular expression: ${JSON.stringify(pattern.slice(0, 200))}`
  return null
}

/** What is no pointer is the name of an anchor, which the compiler finds. */
function leadsNowhere(reference: string, root: Node): boolean {
  if (!reference.startsWith('#')) return true
  return reference.startsWith('#/') && at(root, reference) === undefined
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

import { EXAMPLES, PARAMETER_EXAMPLES, TEXT_EXAMPLES } from './schemas/examples.ts'

type Node = Record<string, unknown>

/**
 * Puts an example beside everything that goes in or comes out in a description (OpenAPI 3.1): each parameter, each body
 * and each answer, so that a reader finds it where it is looked for.
 */
export function addExamples(document: { readonly paths?: unknown; readonly components?: unknown }): void {
  const schemas = nodeOf(nodeOf(document.components).schemas)
  for (const [name, schema] of Object.entries(schemas)) {
    const example = EXAMPLES[name]
    if (example !== undefined) nodeOf(schema).example ??= example
  }
  for (const item of Object.values(nodeOf(document.paths)))
    for (const operation of Object.values(nodeOf(item)).map(nodeOf)) addToOperation(operation, schemas)
}

function addToOperation({ parameters, requestBody, responses }: Node, schemas: Node): void {
  for (const parameter of (Array.isArray(parameters) ? parameters : []).map(nodeOf)) {
    const { name, schema } = parameter
    parameter.example ??= exampleOf(schema, schemas) ?? PARAMETER_EXAMPLES[String(name)]
  }
  addToContent(nodeOf(requestBody).content, schemas)
  for (const answer of Object.values(nodeOf(responses))) addToContent(nodeOf(answer).content, schemas)
}

function addToContent(content: unknown, schemas: Node): void {
  for (const [type, media] of Object.entries(nodeOf(content)).map(
    ([type, each]) => [type, nodeOf(each)] as const,
  ))
    media.example ??= TEXT_EXAMPLES[type] ?? exampleOf(media.schema, schemas)
}

/** The example of a schema, of what it refers to, or of a part of a list; a default or the first choice is one too. */
function exampleOf(schema: unknown, schemas: Node): unknown {
  const { $ref, example, properties, items, default: usual, enum: choices } = nodeOf(schema)
  if (typeof $ref === 'string') return exampleOf(schemas[$ref.split('/').at(-1) ?? ''], schemas)
  if (example !== undefined) return example
  if (usual !== undefined) return usual
  if (Array.isArray(choices)) return choices[0]
  const fields = nodeOf(properties)
  const inner = nodeOf(fields.items).items
  if (inner !== undefined) {
    const { items: _, nextCursor, ...others } = fields
    const told = Object.entries(others).map(([name, field]) => [name, exampleOf(field, schemas)] as const)
    return {
      items: [exampleOf(inner, schemas)],
      ...(nextCursor === undefined ? {} : { nextCursor: null }),
      ...Object.fromEntries(told.filter(([, value]) => value !== undefined)),
    }
  }
  return items === undefined ? undefined : [exampleOf(items, schemas)]
}

function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {}
}

import type { JsonSchema, JsonValue } from './json.ts'
import { at, isNode, type Node } from './local-references.ts'

const MAX_DEFINITIONS = 500

/**
 * Makes JSON Schemas of the schemas of a document: what they refer to becomes `$defs`, and the ways of OpenAPI 3.0 to
 * say things become those of JSON Schema. References stay references, so that nothing grows.
 */
export class ArgumentSchemas {
  readonly #document: Node
  readonly #names = new Map<string, string>()
  readonly #definitions: Record<string, JsonValue> = {}

  constructor(document: Node) {
    this.#document = document
  }

  /** What the schemas that were converted so far refer to. */
  get definitions(): JsonSchema {
    return this.#definitions
  }

  /** One schema of the document as JSON Schema. */
  convert(schema: JsonValue | undefined): JsonValue {
    if (typeof schema === 'boolean') return schema
    if (!isNode(schema)) return {}
    if (typeof schema.$ref === 'string') return { $ref: this.#reference(schema.$ref) }
    const converted: Record<string, JsonValue> = {}
    for (const [key, value] of Object.entries(schema)) {
      if (!DROPPED.has(key)) converted[key] = this.#keyword(key, value)
    }
    return asOf31(converted, schema.nullable === true)
  }

  #keyword(key: string, value: JsonValue): JsonValue {
    if (MAPS.has(key) && isNode(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.convert(item)]))
    }
    if (LISTS.has(key) && Array.isArray(value)) return value.map((item) => this.convert(item))
    return SCHEMAS.has(key) ? this.convert(value) : value
  }

  #reference(pointer: string): string {
    const known = this.#names.get(pointer)
    if (known !== undefined) return `#/$defs/${known}`
    if (this.#names.size >= MAX_DEFINITIONS)
      throw new RangeError(`more than ${MAX_DEFINITIONS} schemas are referred to`)
    const name = `s${this.#names.size + 1}`
    this.#names.set(pointer, name)
    this.#definitions[name] = this.convert(at(this.#document, pointer))
    return `#/$defs/${name}`
  }
}

/** Says nothing about arguments, or would name something outside. */
const DROPPED = new Set([
  ...['nullable', 'discriminator', 'xml', 'externalDocs', 'example', 'examples', 'readOnly', 'writeOnly'],
  ...[
    '$id',
    '$schema',
    '$anchor',
    '$dynamicAnchor',
    '$dynamicRef',
    '$recursiveRef',
    '$recursiveAnchor',
    'format',
  ],
])
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'])
const LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const SCHEMAS = new Set([
  ...['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
])

function asOf31(schema: Record<string, JsonValue>, nullable: boolean): JsonValue {
  for (const [exclusive, bound] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue
    const isExclusive = schema[exclusive]
    delete schema[exclusive]
    if (!isExclusive || schema[bound] === undefined) continue
    schema[exclusive] = schema[bound]
    delete schema[bound]
  }
  return nullable ? { anyOf: [schema, { type: 'null' }] } : schema
}

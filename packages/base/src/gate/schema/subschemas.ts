import { at } from '../json-pointer.ts'

/** A JSON object of somebody's. */
export type Node = Readonly<Record<string, unknown>>

/** Is it an object, and no list? */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Keywords that hold a schema, a list of them, or a map of names to them. */
const SINGLE = ['items', 'additionalProperties', 'contains', 'propertyNames', 'unevaluatedItems']
const SINGLE_IN_PLACE = ['not', 'if', 'then', 'else']
const LISTS_IN_PLACE = ['allOf', 'anyOf', 'oneOf']
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']

/** Every schema in a schema, itself included. */
export function subschemas(schema: Node): Node[] {
  const found = new Set<Node>()
  const stack: unknown[] = [schema]
  while (stack.length > 0) {
    const node = stack.pop()
    if (!isNode(node) || found.has(node)) continue
    found.add(node)
    for (const key of [...SINGLE, ...SINGLE_IN_PLACE, 'unevaluatedProperties']) stack.push(node[key])
    for (const key of [...LISTS_IN_PLACE, 'prefixItems', 'items']) {
      const list = node[key]
      if (Array.isArray(list)) for (const each of list) stack.push(each)
    }
    for (const key of MAPS) {
      const map = node[key]
      if (isNode(map)) for (const each of Object.values(map)) stack.push(each)
    }
  }
  return [...found]
}

/** The schemas that are applied to the same value as this one. */
export function inPlace(schema: Node, root: Node): Node[] {
  const lists = LISTS_IN_PLACE.flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []))
  const single = SINGLE_IN_PLACE.map((key) => schema[key])
  const dependent = isNode(schema.dependentSchemas) ? Object.values(schema.dependentSchemas) : []
  return [...lists, ...single, ...dependent, ...references(schema, root)].filter(isNode)
}

/** What the references of a schema lead to, as far as they are pointers into the same schema. */
export function references({ $ref, $dynamicRef }: Node, root: Node): unknown[] {
  return [$ref, $dynamicRef].flatMap((reference) => {
    const target = typeof reference === 'string' ? at(root, reference) : undefined
    return target === undefined ? [] : [target]
  })
}

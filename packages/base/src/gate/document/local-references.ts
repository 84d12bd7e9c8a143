import { at as valueAt } from '../json-pointer.ts'
import type { JsonValue } from './json.ts'

/** A JSON object of a document that somebody wrote. */
export type Node = { readonly [key: string]: JsonValue }

const MAX_HOPS = 20

/** Is it an object, and no list? */
export function isNode(value: JsonValue | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a JSON pointer such as `#/components/schemas/User` points to; undefined where there is nothing. */
export function at(document: Node, pointer: string): JsonValue | undefined {
  // A part of JSON is JSON.
  return valueAt(document, pointer) as JsonValue | undefined
}

/** The object itself, or what its `$ref` leads to, over at most some references. */
export function resolved(document: Node, value: JsonValue | undefined): Node | null {
  let node = value
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    if (!isNode(node)) return null
    if (typeof node.$ref !== 'string') return node
    node = at(document, node.$ref)
  }
  return null
}

/** Every `$ref` of a document that leads out of it, with where it stands. */
export function foreignReferences(document: Node): { path: string; ref: string }[] {
  const found: { path: string; ref: string }[] = []
  const walk = (value: JsonValue, path: string) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value)) {
      const here = path === '' ? key : `${path}.${key}`
      if (key === '$ref' && typeof item === 'string' && !item.startsWith('#'))
        found.push({ path: here, ref: item })
      else walk(item, here)
    }
  }
  walk(document, '')
  return found
}

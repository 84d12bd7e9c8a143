import type { JsonValue } from 'agentchat-sandbox'

/** A JSON object of a document that somebody wrote. */
export type Node = { readonly [key: string]: JsonValue }

const MAX_HOPS = 20

/** Is it an object, and no list? */
export function isNode(value: JsonValue | undefined): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a JSON pointer such as `#/components/schemas/User` points to; undefined where there is nothing. */
export function at(document: Node, pointer: string): JsonValue | undefined {
  if (pointer === '#') return document
  if (!pointer.startsWith('#/')) return undefined
  let value: JsonValue | undefined = document
  for (const part of pointer.slice(2).split('/')) {
    const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Array.isArray(value) ? value[Number(key)] : value[key]
  }
  return value
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
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

import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import { composed } from './read-text.ts'

/** Longer texts are not looked at: finding lines would take longer than reading the document did. */
const MAX_CHARS = 2 ** 18

/**
 * Finds the lines, from 1, of parts of a document: `paths./users.get` is the line with that key. A part that is not there has
 * the line of the innermost one around it that is; null where the text cannot be looked at.
 */
export function lineFinder(text: string): (path: string) => number | null {
  if (text.length > MAX_CHARS) return () => null
  try {
    const { document, lines } = composed(text)
    const root = document?.contents ?? null
    return (path) => {
      const said = /^line (\d+),/.exec(path)
      if (said !== null) return Number(said[1])
      const offset = root === null || path === '' ? null : offsetOf(root, path)
      return offset === null ? null : lines.linePos(offset).line
    }
  } catch {
    return () => null
  }
}

/** Keys may hold dots themselves: of those that fit, the longest one is meant. */
function offsetOf(root: Node, path: string): number | null {
  let offset: number | null = null
  let node: unknown = root
  let rest = path
  while (rest !== '') {
    const step = stepInto(node, rest)
    if (step === null) break
    offset = step.offset ?? offset
    node = step.node
    rest = rest.slice(step.key.length + 1)
  }
  return offset
}

interface Step {
  readonly key: string
  readonly offset: number | null
  readonly node: unknown
}

function stepInto(node: unknown, rest: string): Step | null {
  const fits = (key: string) => rest === key || rest.startsWith(`${key}.`)
  if (isSeq(node)) {
    const key = rest.split('.', 1)[0] ?? ''
    const item: unknown = /^\d+$/.test(key) ? node.items[Number(key)] : undefined
    return item === undefined ? null : { key, offset: startOf(item), node: item }
  }
  if (!isMap(node)) return null
  const found = node.items
    .filter(({ key }: Pair) => isScalar(key) && fits(String(key.value)))
    .map(({ key, value }: Pair) => ({
      key: String((key as { value: unknown }).value),
      offset: startOf(key),
      node: value,
    }))
    .sort((one, other) => other.key.length - one.key.length)
  return found[0] ?? null
}

function startOf(node: unknown): number | null {
  const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : null
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : null
}

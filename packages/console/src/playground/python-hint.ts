import { textOfLiteral } from './python-docstring.ts'

/** A hint of Python in the words of JSON Schema. */
export interface Hint {
  /** Such as `integer`; null for one that the schema leaves open. */
  readonly type: string | null
  /** What is said of it in `Annotated`; null for none. */
  readonly description: string | null
}

const TYPES: Readonly<Record<string, string>> = {
  ...{ str: 'string', int: 'integer', float: 'number', bool: 'boolean', None: 'null' },
  ...{ list: 'array', tuple: 'array', set: 'array', dict: 'object' },
  ...{ List: 'array', Tuple: 'array', Set: 'array', Dict: 'object' },
}

/** Nobody writes a longer one by hand, and what is nested is read by going down. */
const MOST_CHARS = 1000

/** What a hint stands for, as the service makes a schema of it. */
export function hintOf(source: string): Hint {
  if (source.length > MOST_CHARS) return open(null)
  const hint = (textOfLiteral(source.trim()) ?? source).trim()
  const choices = partsOf(hint, '|')
  if (choices.length > 1) return open(unionOf(choices))
  const [, name = '', inner = ''] = /^(?:typing\s*\.\s*)?(\w+)\s*(?:\[(.*)\])?$/s.exec(hint) ?? []
  const parts = partsOf(inner, ',').filter((part) => part !== '')
  switch (name) {
    case 'Annotated': {
      const [first = '', ...rest] = parts
      const said = rest.map(textOfLiteral).find((text) => text !== null)
      const { type, description } = hintOf(first)
      return { type, description: said ?? description }
    }
    case 'Literal':
      return open(parts.join(' | '))
    case 'Optional':
      return open(unionOf([...parts, 'None']))
    case 'Union':
      return open(unionOf(parts))
    default:
      return open(TYPES[name] ?? null)
  }
}

const open = (type: string | null): Hint => ({ type, description: null })

function unionOf(hints: readonly string[]): string | null {
  const types = hints.map((hint) => hintOf(hint).type)
  return types.includes(null) ? null : types.join(' | ')
}

/** A text cut where a sign stands outside of brackets and strings. */
function partsOf(text: string, sign: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|./gs)) {
    if ('[({'.includes(token)) depth += 1
    if ('])}'.includes(token)) depth -= 1
    if (token === sign && depth === 0) parts.push('')
    else parts.push((parts.pop() ?? '') + token)
  }
  return parts.map((part) => part.trim())
}

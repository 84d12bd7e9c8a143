import type { JsonSchema, Tool } from 'agentchat-sandbox'

const TYPES: Readonly<Record<string, string>> = {
  ...{
    integer: 'int',
    number: 'float',
    string: 'str',
    boolean: 'bool',
    array: 'list',
    object: 'dict',
    null: 'None',
  },
}

/** How a tool is called in Python, as `search(query: str, limit: int = ...)`. */
export function signatureOf({ name, parameters = {} }: Tool): string {
  const { properties, required } = parameters
  const needed = new Set(Array.isArray(required) ? required : [])
  const all = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
  const shown = all.map(([each, schema]) => {
    const type = typeOf(schema)
    const typed = type === null ? each : `${each}: ${type}`
    return needed.has(each) ? typed : `${typed}${type === null ? '=...' : ' = ...'}`
  })
  return `${name}(${shown.join(', ')})`
}

function typeOf(schema: unknown): string | null {
  const given: unknown =
    typeof schema === 'object' && schema !== null ? (schema as JsonSchema).type : undefined
  const names = (Array.isArray(given) ? given : [given]).map((each) => TYPES[String(each)])
  return names.some((each) => each === undefined) ? null : names.join(' | ')
}

/** Keywords that say nothing of a value. */
const SILENT = new Set(['title', 'description', 'default', 'examples', 'deprecated', '$schema', '$comment'])
const MAX_DEPTH = 20

type Check = (limit: unknown, value: unknown, schema: Schema, depth: number) => boolean
type Schema = Readonly<Record<string, unknown>>

/** What each keyword asks for, where that takes time in proportion to the value. */
const CHECKS: Readonly<Record<string, Check>> = {
  type: (types, value) => [types].flat().some((type) => isOfType(type, value)),
  enum: (values, value) => isScalar(value) && Array.isArray(values) && values.includes(value),
  const: (only, value) => isScalar(value) && only === value,
  minimum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value >= limit),
  maximum: (limit, value) => typeof value !== 'number' || (typeof limit === 'number' && value <= limit),
  required: (names, value) =>
    !isObject(value) || (Array.isArray(names) && names.every((name) => Object.hasOwn(value, name))),
  properties: (properties, value, _schema, depth) =>
    !isObject(value) ||
    (isObject(properties) &&
      Object.keys(properties).every(
        (name) => !Object.hasOwn(value, name) || fits(properties[name], value[name], depth),
      )),
  additionalProperties: (rest, value, { properties = {} }, depth) =>
    !isObject(value) ||
    (isObject(properties) &&
      Object.keys(value).every((name) => Object.hasOwn(properties, name) || fits(rest, value[name], depth))),
  items: (items, value, _schema, depth) =>
    !Array.isArray(value) || value.every((each) => fits(items, each, depth)),
  minItems: (limit, value) => !Array.isArray(value) || (typeof limit === 'number' && value.length >= limit),
  maxItems: (limit, value) => !Array.isArray(value) || (typeof limit === 'number' && value.length <= limit),
}

/**
 * Does the value fit the schema, beyond doubt? Knows the keywords that most tools use. False says nothing: the check that
 * knows all of JSON Schema, in a process of its own, decides.
 */
export function plainlyFits(schema: unknown, value: unknown): boolean {
  return fits(schema, value, 0)
}

function fits(schema: unknown, value: unknown, depth: number): boolean {
  if (schema === true) return true
  if (!isObject(schema) || depth > MAX_DEPTH) return false
  return Object.keys(schema).every((keyword) => {
    if (SILENT.has(keyword)) return true
    const check = Object.hasOwn(CHECKS, keyword) ? CHECKS[keyword] : undefined
    return check?.(schema[keyword], value, schema, depth + 1) ?? false
  })
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'number') return typeof value === 'number'
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return (type === 'string' || type === 'boolean') && typeof value === type
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

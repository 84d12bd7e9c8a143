/**
 * A schema of an OpenAPI document as an exported type, with what it says of itself.
 * @param {string} name
 * @param {any} schema
 */
export function interfaceOf(name, schema) {
  const type = inlineType(schema)
  const isInterface = schema.type === 'object' && type.startsWith('{\n')
  const declaration = isInterface ? `export interface ${name} ${type}` : `export type ${name} = ${type}`
  return `${comment(schema)}${declaration}\n`
}

/**
 * The type of what a schema allows. Bounds and patterns are no types.
 * @param {any} schema
 * @returns {string}
 */
export function inlineType(schema = {}) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return unionOf(schema.enum.map((value) => JSON.stringify(value)))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return unionOf(choices.map(inlineType))
  if (schema.allOf !== undefined) return schema.allOf.map((part) => `(${inlineType(part)})`).join(' & ')
  if (Array.isArray(schema.type)) return unionOf(schema.type.map((type) => inlineType({ ...schema, type })))
  return typeNamed(schema)
}

function typeNamed(schema) {
  switch (schema.type) {
    case 'object':
      return objectType(schema)
    case 'array':
      return `${bracketed(inlineType(schema.items))}[]`
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case undefined:
      return 'unknown'
  }
  throw new Error(`Cannot write the type of a schema: its type is "${schema.type}"`)
}

function objectType({ properties, required = [], additionalProperties }) {
  if (properties === undefined || Object.keys(properties).length === 0) {
    const values = typeof additionalProperties === 'object' ? inlineType(additionalProperties) : 'unknown'
    return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${values}>`
  }
  const fields = Object.entries(properties).map(([name, schema]) => {
    const type = inlineType(schema)
    const [mark, none] = required.includes(name) ? ['', ''] : ['?', ' | undefined']
    return `${comment(schema)}${propertyName(name)}${mark}: ${type}${none}`
  })
  return `{\n${fields.join('\n')}\n}`
}

/** @param {string} name */
export function propertyName(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

function comment({ description }) {
  return description === undefined ? '' : `/** ${description.replaceAll('*/', '* /')} */\n`
}

function unionOf(types) {
  return [...new Set(types)].join(' | ')
}

function bracketed(type) {
  return type.includes(' ') ? `(${type})` : type
}

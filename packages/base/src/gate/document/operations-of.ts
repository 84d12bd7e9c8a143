import { isHeaderOfDocument } from '../own-headers.ts'
import { ArgumentSchemas } from './argument-schema.ts'
import { wrong } from './document-error.ts'
import type { JsonValue } from './json.ts'
import { isNode, type Node, resolved } from './local-references.ts'
import type { Operation, OperationParameter } from './operation.ts'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const MAX_OPERATIONS = 300

/** Every operation of a document that was parsed, as something that can be called. */
export function operationsOf(document: Node): Operation[] {
  const operations: Operation[] = []
  for (const [path, item] of Object.entries(isNode(document.paths) ? document.paths : {})) {
    const pathItem = resolved(document, item)
    if (pathItem === null) continue
    for (const method of METHODS) {
      const operation = resolved(document, pathItem[method])
      if (operation !== null) operations.push(operationOf(document, { path, method, pathItem, operation }))
    }
  }
  if (operations.length === 0 || operations.length > MAX_OPERATIONS) {
    const problem = `has ${operations.length} operations, must have 1 to ${MAX_OPERATIONS}`
    throw wrong('paths', problem)
  }
  const ids = operations.map(({ id }) => id)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    const problem = `two operations are called "${twice}"; give them an "operationId"`
    throw wrong('paths', problem)
  }
  return operations
}

interface Place {
  readonly path: string
  readonly method: string
  readonly pathItem: Node
  readonly operation: Node
}

function operationOf(document: Node, { path, method, pathItem, operation }: Place): Operation {
  const schemas = new ArgumentSchemas(document)
  const properties: Record<string, JsonValue> = {}
  const required: string[] = []
  const inputs: OperationParameter[] = []
  for (const parameter of parametersOf(document, pathItem, operation)) {
    const input = inputOf(parameter, properties)
    if (input === null) continue
    const schema = schemas.convert(parameter.schema ?? firstContent(parameter)?.schema)
    inputs.push(input)
    properties[input.argument] = described(schema, parameter.description)
    if (parameter.required === true) required.push(input.argument)
  }
  const body = bodyOf(document, operation, properties)
  if (body !== null) {
    properties[body.argument] = described(schemas.convert(body.schema), body.description)
    if (body.required) required.push(body.argument)
  }
  const definitions = schemas.definitions
  const parameters = { type: 'object', properties, required, additionalProperties: false }
  return {
    id: typeof operation.operationId === 'string' ? operation.operationId : nameOf(method, path),
    ...{ method: method.toUpperCase(), path, inputs },
    description: [operation.summary, operation.description]
      .filter((text) => typeof text === 'string')
      .join('\n'),
    parameters: Object.keys(definitions).length === 0 ? parameters : { ...parameters, $defs: definitions },
    body: body === null ? null : { argument: body.argument, contentType: body.contentType },
  }
}

/** Those of the operation replace those of its path. */
function parametersOf(document: Node, pathItem: Node, operation: Node): Node[] {
  const all = [pathItem.parameters, operation.parameters].flatMap((list) => (Array.isArray(list) ? list : []))
  const nodes = all.map((item) => resolved(document, item)).filter((node) => node !== null)
  return [...new Map(nodes.map((node) => [`${node.in} ${node.name}`, node])).values()]
}

function inputOf(parameter: Node, taken: Readonly<Record<string, unknown>>): OperationParameter | null {
  const { name, in: where, style, explode } = parameter
  if (typeof name !== 'string' || name === '__proto__') return null
  if (where !== 'path' && where !== 'query' && where !== 'header') return null
  if (where === 'header' && !isHeaderOfDocument(name)) return null
  const usual = where === 'query' ? 'form' : 'simple'
  const own = STYLES.find((each) => each === style) ?? usual
  return {
    ...{ name, in: where, style: own },
    argument: Object.hasOwn(taken, name) ? `${where}_${name}` : name,
    explode: typeof explode === 'boolean' ? explode : own === 'form' || own === 'deepObject',
  }
}

const STYLES = ['simple', 'form', 'spaceDelimited', 'pipeDelimited', 'deepObject'] as const

function bodyOf(document: Node, operation: Node, taken: Readonly<Record<string, unknown>>) {
  const body = resolved(document, operation.requestBody)
  if (body === null || !isNode(body.content)) return null
  const types = Object.keys(body.content)
  const contentType =
    types.find((type) => /[/+]json\b/.test(type)) ??
    types.find((type) => type === 'application/x-www-form-urlencoded') ??
    types[0]
  if (contentType === undefined) return null
  const media = resolved(document, body.content[contentType])
  return {
    argument: Object.hasOwn(taken, 'body') ? 'request_body' : 'body',
    contentType,
    schema: media?.schema,
    description: body.description,
    required: body.required === true,
  }
}

function firstContent(parameter: Node): Node | null {
  const [media] = isNode(parameter.content) ? Object.values(parameter.content) : []
  return isNode(media) ? media : null
}

function described(schema: JsonValue, description: JsonValue | undefined): JsonValue {
  if (typeof description !== 'string' || !isNode(schema) || schema.description !== undefined) return schema
  return '$ref' in schema ? { allOf: [schema], description } : { ...schema, description }
}

function nameOf(method: string, path: string): string {
  return [method, ...path.split(/[^A-Za-z0-9]+/)].filter((part) => part !== '').join('_')
}

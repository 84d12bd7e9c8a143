import { inlineType, interfaceOf, propertyName } from './schema-types.mjs'

/** What stands before the types of an API: how an answer looks, whatever is in it. */
const PREFACE = `// Made from the OpenAPI document of the service.
import type { ClientOptions } from './client-options.js'

export type { ClientOptions }

/** A client of the service: \`client.api.v1.executions.$post({ json: { code: '6 * 7' } })\`. */
export declare function createClient(baseUrl: string, options?: ClientOptions): Client

/** An answer, whose status says what is in it. */
export interface Answer<Status extends number> extends Response {
  readonly status: Status
  readonly ok: Status extends number ? (\`\${Status}\` extends \`2\${string}\` ? true : false) : never
}

/** An answer that is JSON. */
export interface JsonAnswer<Status extends number, Body> extends Answer<Status> {
  json(): Promise<Body>
}

/** An answer that is something else: a text, a stream of events, the bytes of a file. */
export interface OtherAnswer<Status extends number> extends Answer<Status> {
  json(): Promise<never>
}

/** How one request is made. */
export interface RequestOptions {
  readonly headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)
  readonly fetch?: typeof fetch
  /** Goes before everything else; \`body\` is where the bytes of a file are. */
  readonly init?: RequestInit
}
`

/**
 * The types of a client, flat: they import nothing of the service, nor of what it is built with. A path is a chain of
 * properties, \`{id}\` in it the property \`:id\`, a method a function with \`$\` before its name.
 * @param {any} document an OpenAPI 3.1 document whose schemas are its components
 */
export function clientTypes(document) {
  const tree = { children: new Map(), operations: [] }
  for (const [path, item] of Object.entries(document.paths)) {
    const node = path.slice(1).split('/').reduce(childOf, tree)
    node.operations = Object.entries(item)
  }
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) =>
    interfaceOf(name, schema),
  )
  const client = `/** Every operation of the service, by its path. */\nexport interface Client ${nodeType(tree)}\n`
  return `${PREFACE}\n${indented([...schemas, client].join('\n'))}`
}

/** Two spaces for each brace that is open at the beginning of a line. */
function indented(text) {
  let depth = 0
  return text
    .split('\n')
    .map((line) => {
      if (/^[})]/.test(line)) depth -= 1
      const own = line === '' ? '' : '  '.repeat(depth) + line
      if (/[{]$/.test(line)) depth += 1
      return own
    })
    .join('\n')
}

function childOf(node, part) {
  const name = part.replace(/^\{(.+)\}$/, ':$1')
  const child = node.children.get(name) ?? { children: new Map(), operations: [] }
  node.children.set(name, child)
  return child
}

function nodeType({ children, operations }) {
  const methods = operations.map(([method, operation]) => methodType(method, operation))
  const own = operations.length === 0 ? [] : [...methods, ...addressTypes(operations)]
  const below = [...children].map(([name, child]) => `${propertyName(name)}: ${nodeType(child)}`)
  return `{\n${[...own, ...below].join('\n')}\n}`
}

function methodType(method, operation) {
  const { summary } = operation
  const input = inputType(operation)
  const answers = answerTypes(operation.responses).join(' | ')
  return `/** ${summary} */\n$${method}(${input}, options?: RequestOptions): Promise<${answers}>`
}

/** Where the requests of a path go. */
function addressTypes(operations) {
  const parameters = operations.flatMap(([, { parameters = [] }]) => parameters)
  const groups = ['path', 'query'].flatMap((place) =>
    groupType(parameters, place, { optional: place === 'query' }),
  )
  const input = groups.length === 0 ? 'input?: {}' : argument('input', groups)
  return [`$url(${input}): URL`, `$path(${input}): string`]
}

function inputType({ parameters = [], requestBody }) {
  const schema = requestBody?.content['application/json']?.schema
  const body = schema === undefined ? [] : [{ name: 'json', optional: false, type: inlineType(schema) }]
  const groups = ['path', 'query', 'header'].flatMap((place) => groupType(parameters, place, {}))
  const all = [...body, ...groups]
  return all.length === 0 ? 'input?: {}' : argument('input', all)
}

function argument(name, groups) {
  const optional = groups.every((group) => group.optional) ? '?' : ''
  return `${name}${optional}: { ${groups.map((group) => `${group.name}${group.optional ? '?' : ''}: ${group.type}`).join('; ')} }`
}

const GROUP = { path: 'param', query: 'query', header: 'header' }

/** The parameters of one place, or nothing where it has none. The same one of several methods counts once. */
function groupType(parameters, place, { optional = false }) {
  const here = [
    ...new Map(parameters.filter((each) => each.in === place).map((each) => [each.name, each])).values(),
  ]
  if (here.length === 0) return []
  const fields = here.map(({ name, required, schema }) => {
    const mark = required ? '' : '?'
    return `${propertyName(name)}${mark}: ${textType(schema)}${required ? '' : ' | undefined'}`
  })
  return [
    {
      name: GROUP[place],
      optional: optional || here.every(({ required }) => !required),
      type: `{ ${fields.join('; ')} }`,
    },
  ]
}

/** What goes into an address or a header is text; a number may be given as one. */
function textType(schema) {
  const type = inlineType(schema)
  return type === 'number' ? 'number | string' : type
}

/** What an answer is when nothing else was asked for. A JSON type of its own is an answer of another kind, as events are. */
const PLAIN_JSON = /^application\/(problem\+)?json$/

/** Answers of the same form are one type, whatever their status. */
function answerTypes(responses) {
  /** @type {Map<string, string[]>} */
  const statusesOf = new Map()
  for (const [status, { content = {} }] of Object.entries(responses)) {
    const forms = Object.entries(content).map(([type, { schema }]) =>
      PLAIN_JSON.test(type) ? `JsonAnswer<STATUS, ${inlineType(schema)}>` : 'OtherAnswer<STATUS>',
    )
    for (const form of new Set(forms.length === 0 ? ['Answer<STATUS>'] : forms))
      statusesOf.set(form, [...(statusesOf.get(form) ?? []), status])
  }
  return [...statusesOf].map(([form, statuses]) => form.replace('STATUS', statuses.join(' | ')))
}

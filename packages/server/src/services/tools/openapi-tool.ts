import { compileSchema, JsonSchemaError, type JsonValue } from 'agentchat-sandbox'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError, InvalidToolError, ToolCallError } from '../errors.ts'
import { buildRequest, UnsendableArgumentError } from './openapi/build-request.ts'
import { isNode, type Node } from './openapi/local-references.ts'
import type { Operation } from './openapi/operation.ts'
import { operationsOf } from './openapi/operations-of.ts'
import { parseDocument } from './openapi/parse-document.ts'
import { sendRequest } from './openapi/send-request.ts'
import type { JsonSchema, OpenapiDefinition, ToolAuth, ToolLimits } from './tool-content.ts'

const MAX_RESPONSE_BYTES = 2 ** 20
const DEFAULT_TIMEOUT_SECONDS = 30

/** What a call of an operation gave: also an answer that says no is one. */
export interface OperationResult {
  readonly status: number
  readonly contentType: string
  /** JSON where the service says so, else text. */
  readonly body: JsonValue
}

/**
 * Reads an OpenAPI document and finds out what can be called.
 * @throws InvalidToolError with everything that is wrong and where
 */
export async function prepareOpenapi(input: {
  readonly document: JsonValue
  readonly baseUrl?: string | undefined
}): Promise<OpenapiDefinition> {
  const document = await parseDocument(input.document)
  const operations = found(() => operationsOf(document))
  for (const { id, parameters } of operations) found(() => compileSchema(parameters), `operation "${id}": `)
  return { document, operations, baseUrl: baseUrlOf(document, input.baseUrl) }
}

function found<Value>(work: () => Value, prefix = ''): Value {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof JsonSchemaError)) throw error
    throw new InvalidToolError([{ path: 'definition.document', problem: prefix + error.message }])
  }
}

/** JSON Schema of a whole tool: one operation and its arguments. */
export function openapiParameters({ operations }: OpenapiDefinition): JsonSchema {
  return {
    type: 'object',
    properties: { operation: { enum: operations.map(({ id }) => id) }, arguments: { type: 'object' } },
    required: ['operation'],
    additionalProperties: false,
  }
}

function baseUrlOf(document: Node, given: string | undefined): string {
  const [server] = Array.isArray(document.servers) ? document.servers : []
  const text = given ?? (isNode(server) ? withDefaults(server) : undefined)
  const path = given === undefined ? 'definition.document.servers' : 'definition.baseUrl'
  const refuse = (problem: string) => new InvalidToolError([{ path, problem }])
  if (text === undefined) throw refuse('names no server; add one, or "definition.baseUrl"')
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refuse(`must be an absolute http or https URL, got ${JSON.stringify(text.slice(0, 200))}`)
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a password; use "auth"')
  if (url.search !== '' || url.hash !== '') throw refuse('must have no query and no fragment')
  return url.href
}

function withDefaults(server: Node): string | undefined {
  if (typeof server.url !== 'string') return undefined
  const variables = isNode(server.variables) ? server.variables : {}
  return server.url.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    return isNode(variable) && typeof variable.default === 'string' ? variable.default : whole
  })
}

/** One call of an operation. */
export interface OperationCall {
  readonly definition: OpenapiDefinition
  readonly auth: ToolAuth
  readonly limits: ToolLimits
  readonly operation: string | undefined
  readonly args: Readonly<Record<string, JsonValue>>
  /** The user who calls. */
  readonly holder: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls one operation of a tool from the host.
 * @throws InvalidRequestError naming each argument that is wrong
 * @throws ToolCallError when there is no answer
 */
export async function callOperation(context: ServiceContext, call: OperationCall): Promise<OperationResult> {
  const operation = operationOf(call)
  const problems = compileSchema(operation.parameters)(call.args)
  if (problems.length > 0)
    throw new InvalidRequestError(problems.map(({ path, problem }) => ({ path: below(path), problem })))
  const { baseUrl } = call.definition
  const request = built(() => buildRequest(operation, { baseUrl, args: call.args, auth: call.auth }))
  const { maxTimeoutSeconds } = context.policy
  const seconds = Math.min(call.limits.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS, maxTimeoutSeconds)
  const answer = await sendRequest(context.netGuard, request, {
    timeoutMs: seconds * 1000,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    ...{ holder: call.holder, signal: call.signal },
  })
  return { status: answer.status, contentType: answer.contentType, body: bodyOf(answer) }
}

function operationOf({ definition: { operations }, operation }: OperationCall): Operation {
  const [only] = operations
  const chosen =
    operation === undefined && operations.length === 1 ? only : operations.find(({ id }) => id === operation)
  if (chosen !== undefined) return chosen
  const names = operations.map(({ id }) => id).join(', ')
  throw new InvalidRequestError([{ path: 'operation', problem: `must be one of: ${names.slice(0, 1000)}` }])
}

function built<Value>(build: () => Value): Value {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof UnsendableArgumentError)) throw error
    throw new InvalidRequestError([{ path: below(error.argument), problem: error.message }])
  }
}

function bodyOf({ body, contentType }: { readonly body: Buffer; readonly contentType: string }): JsonValue {
  const text = body.toString('utf8')
  if (text === '' || !/[/+]json\b/i.test(contentType)) return text
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new ToolCallError('the answer says that it is JSON, and is not')
  }
}

const below = (path: string) => (path === '' ? 'arguments' : `arguments.${path}`)

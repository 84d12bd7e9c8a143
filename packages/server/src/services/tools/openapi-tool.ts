import type { JsonValue } from 'agentchat-sandbox'
import { DocumentError, isNode, type Node, type Operation } from 'agentchat-sandbox-base/gate/document-gate'
import { parseExactJson, withoutBigInts } from 'agentchat-sandbox-base/gate/exact-json'
import { BODY_BOUNDS, JsonBoundsError } from 'agentchat-sandbox-base/gate/json-text'
import type { ServiceContext } from '../context.ts'
import { InvalidRequestError, InvalidToolError, ToolCallError } from '../errors.ts'
import { buildRequest, UnsendableArgumentError } from './openapi/build-request.ts'
import { sendRequest } from './openapi/send-request.ts'
import { withoutAuth } from './tool-auth.ts'
import type { JsonSchema, OpenapiDefinition, ToolAuth, ToolLimits } from './tool-content.ts'

const MAX_RESPONSE_BYTES = 2 ** 20
/** Of the address of a server, also with the values of its variables. */
const MAX_URL_CHARS = 4000
const DEFAULT_TIMEOUT_SECONDS = 30
/** What it is named is passed on, and not used. */
const ANSWER_BOUNDS = { ...BODY_BOUNDS, plainNames: false }

/** What a call of an operation gave: also an answer that says no is one. */
export interface OperationResult {
  readonly status: number
  readonly contentType: string
  /** JSON where the service says so, whole numbers past 2^53 as `{ type, repr }`; else text. */
  readonly body: JsonValue
}

/**
 * Reads an OpenAPI document and finds out what can be called.
 * @throws InvalidToolError with everything that is wrong and where
 */
export async function prepareOpenapi(
  { documents }: ServiceContext,
  owner: string,
  input: { readonly document: JsonValue; readonly baseUrl?: string | undefined },
): Promise<OpenapiDefinition> {
  const { document, operations } = await documents.read(owner, input.document).catch((error: unknown) => {
    if (!(error instanceof DocumentError)) throw error
    const inDocument = (path: string) => (path === '' ? 'definition.document' : `definition.document.${path}`)
    throw new InvalidToolError(
      error.problems.map(({ path, problem }) => ({ path: inDocument(path), problem })),
    )
  })
  return { document, operations, baseUrl: baseUrlOf(document, input.baseUrl) }
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
  if (text.length > MAX_URL_CHARS) throw refuse(`must not be longer than ${MAX_URL_CHARS} characters`)
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
  let chars = 0
  return server.url.slice(0, MAX_URL_CHARS).replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    const text = isNode(variable) && typeof variable.default === 'string' ? variable.default : whole
    chars += text.length
    // What is too long is refused by its beginning, and not built to its end.
    return chars > 2 * MAX_URL_CHARS ? '' : text
  })
}

/** One call of an operation. */
export interface OperationCall {
  readonly definition: OpenapiDefinition
  readonly auth: ToolAuth
  readonly limits: ToolLimits
  readonly operation: string | undefined
  readonly args: Readonly<Record<string, JsonValue>>
  readonly signal?: AbortSignal | undefined
  /** Whose call it is. */
  readonly owner: string
  /** Stands for the version of the tool. */
  readonly key: string
}

/**
 * Calls one operation of a tool from the host.
 * @throws InvalidRequestError naming each argument that is wrong
 * @throws ToolCallError when there is no answer
 */
export async function callOperation(context: ServiceContext, call: OperationCall): Promise<OperationResult> {
  const operation = operationOf(call)
  const { owner, key, args } = call
  const schema = operation.parameters
  const problems = await context.schemas.check({ owner, key: `${key}/${operation.id}`, schema, value: args })
  if (problems.length > 0)
    throw new InvalidRequestError(problems.map(({ path, problem }) => ({ path: below(path), problem })))
  const { baseUrl } = call.definition
  const request = built(() => buildRequest(operation, { baseUrl, args: call.args, auth: call.auth }))
  const { maxTimeoutSeconds } = context.policy
  const seconds = Math.min(call.limits.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS, maxTimeoutSeconds)
  const answer = await sendRequest(context.netGuard, request, {
    timeoutMs: seconds * 1000,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    ...{ holder: call.owner, signal: call.signal },
  })
  const { status, contentType } = answer
  const shown = withoutAuth(call.auth, { contentType, body: bodyOf(answer) })
  return { status, ...context.listed.outOf(shown) }
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
    // A value of JSON without its BigInts.
    return withoutBigInts(parseExactJson(text, ANSWER_BOUNDS)) as JsonValue
  } catch (error) {
    if (error instanceof JsonBoundsError) throw new ToolCallError(`the answer ${error.problem}`)
    throw new ToolCallError('the answer says that it is JSON, and is not')
  }
}

const below = (path: string) => (path === '' ? 'arguments' : `arguments.${path}`)

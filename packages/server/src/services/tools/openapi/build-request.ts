import type { JsonValue } from 'agentchat-sandbox'
import type { Operation, OperationParameter } from 'agentchat-sandbox-base/gate/document-gate'
import { isHeaderOfAuth, isHeaderOfDocument } from 'agentchat-sandbox-base/gate/own-headers'
import type { ToolAuth } from '../tool-content.ts'

/** A request as it will be sent. */
export interface BuiltRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** Names of the headers that hold secrets: they go nowhere but to the origin of `url`. */
  readonly secretHeaders: readonly string[]
}

/** An argument has no form in the place where it must go. */
export class UnsendableArgumentError extends Error {
  override readonly name = 'UnsendableArgumentError'
  readonly argument: string
  constructor(argument: string, problem: string) {
    super(problem)
    this.argument = argument
  }
}

type Arguments = Readonly<Record<string, JsonValue>>

/**
 * Makes the request of an operation: the path with its parameters, the query as query, the body as body.
 * @throws UnsendableArgumentError
 */
export function buildRequest(
  operation: Operation,
  { baseUrl, args, auth }: { readonly baseUrl: string; readonly args: Arguments; readonly auth: ToolAuth },
): BuiltRequest {
  const url = new URL(baseUrl)
  url.pathname = withoutSlashes(url.pathname) + pathOf(operation, args)
  url.search = ''
  const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5' }
  for (const input of operation.inputs) {
    const value = args[input.argument]
    if (value === undefined) continue
    if (input.in === 'query')
      for (const [name, text] of queryOf(input, value)) url.searchParams.append(name, text)
    // Also in a document that was saved when more was allowed.
    if (input.in === 'header' && isHeaderOfDocument(input.name))
      headers[input.name.toLowerCase()] = headerValue(input.argument, delimited(value, ','))
  }
  const body = bodyOf(operation, args)
  if (body !== null) headers['content-type'] = operation.body?.contentType ?? 'application/json'
  const secret = Object.fromEntries(
    Object.entries(secretHeaders(auth, url)).filter(([name]) => isHeaderOfAuth(name)),
  )
  return {
    ...{ method: operation.method, url, body },
    headers: { ...headers, ...secret },
    secretHeaders: Object.keys(secret),
  }
}

/** A loop, because an expression that looks for them begins anew at each slash of a path that is full of them. */
function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}

function pathOf({ path, inputs }: Operation, args: Arguments): string {
  return path.replace(/\{([^{}]+)\}/g, (whole, name: string) => {
    const input = inputs.find((each) => each.in === 'path' && each.name === name)
    const value = input === undefined ? undefined : args[input.argument]
    if (input === undefined || value === undefined)
      throw new UnsendableArgumentError(name, `is missing in ${whole}`)
    const text = delimited(value, ',')
    // Such a segment would lead to another path, encoded or not.
    if (text === '' || text === '.' || text === '..')
      throw new UnsendableArgumentError(input.argument, `must not be ${JSON.stringify(text)} in a path`)
    return encodeURIComponent(text)
  })
}

function queryOf({ name, style, explode }: OperationParameter, value: JsonValue): [string, string][] {
  if (Array.isArray(value)) {
    if (explode) return value.map((item) => [name, textOf(item)])
    return [
      [name, delimited(value, style === 'spaceDelimited' ? ' ' : style === 'pipeDelimited' ? '|' : ',')],
    ]
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (style === 'deepObject') return entries.map(([key, item]) => [`${name}[${key}]`, textOf(item)])
    if (explode) return entries.map(([key, item]) => [key, textOf(item)])
  }
  return [[name, delimited(value, ',')]]
}

function bodyOf({ body }: Operation, args: Arguments): string | null {
  if (body === null) return null
  const value = args[body.argument]
  if (value === undefined) return null
  if (/[/+]json\b/.test(body.contentType)) return JSON.stringify(value)
  if (
    body.contentType === 'application/x-www-form-urlencoded' &&
    typeof value === 'object' &&
    value !== null
  ) {
    const pairs = Object.entries(value).flatMap(([key, item]) =>
      Array.isArray(item) ? item.map((each): [string, string] => [key, textOf(each)]) : [[key, textOf(item)]],
    ) as [string, string][]
    return new URLSearchParams(pairs).toString()
  }
  if (typeof value === 'string') return value
  throw new UnsendableArgumentError(body.argument, `must be a string to be sent as ${body.contentType}`)
}

function secretHeaders(auth: ToolAuth, url: URL): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(auth.headers ?? {})) headers[name.toLowerCase()] = value
  switch (auth.type) {
    case 'none':
      return headers
    case 'bearer':
      return { ...headers, authorization: `Bearer ${auth.token}` }
    case 'basic':
      return {
        ...headers,
        authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`,
      }
    case 'api-key':
      if (auth.in === 'header') return { ...headers, [auth.name.toLowerCase()]: auth.value }
      url.searchParams.set(auth.name, auth.value)
      return headers
  }
  return auth satisfies never
}

/** Lists and objects as one text: `a,b`, and `key,value` for objects. */
function delimited(value: JsonValue, delimiter: string): string {
  if (Array.isArray(value)) return value.map(textOf).join(delimiter)
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .flatMap(([key, item]) => [key, textOf(item)])
      .join(delimiter)
  }
  return textOf(value)
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function headerValue(argument: string, text: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text
  throw new UnsendableArgumentError(argument, 'holds a character that a header cannot hold')
}

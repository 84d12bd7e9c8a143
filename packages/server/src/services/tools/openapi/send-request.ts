import type { IncomingMessage } from 'node:http'
import { type NetGuard, NetRefusedError } from 'agentchat-sandbox'
import { ToolCallError } from '../../errors.ts'
import { EndlessInformationError, guardedRequest } from '../../net/guarded-request.ts'
import type { BuiltRequest } from './build-request.ts'

const DEFAULT_MAX_REDIRECTS = 5

/** What a service answered. */
export interface ToolAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

/** How long an answer may take, and how large it may be. */
export interface CallLimits {
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  /** The user for whom the request is sent. */
  readonly holder: string
  /** 0: an answer that is a redirect is the answer. */
  readonly maxRedirects?: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Sends a request to where the guard allows, and follows redirects there. Secrets stay with the origin they are for.
 * @throws ToolCallError
 */
export async function sendRequest(
  guard: NetGuard,
  request: BuiltRequest,
  limits: CallLimits,
): Promise<ToolAnswer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs)
  const { maxRedirects = DEFAULT_MAX_REDIRECTS } = limits
  const signal = limits.signal === undefined ? timeout : AbortSignal.any([timeout, limits.signal])
  try {
    let next = request
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const answer = await sendOnce(guard, next, { ...limits, signal })
      if (answer.location === null || maxRedirects === 0) return answer
      next = redirected(next, answer.status, answer.location)
    }
    throw new ToolCallError(`more than ${maxRedirects} redirects`)
  } catch (error) {
    if (error instanceof ToolCallError) throw error
    if (error instanceof NetRefusedError || error instanceof EndlessInformationError)
      throw new ToolCallError(error.message)
    if (timeout.aborted) throw new ToolCallError(`no whole answer within ${limits.timeoutMs / 1000} s`)
    // The message of an error of Node may hold the whole URL, and with it a secret.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed'
    throw new ToolCallError(`${request.url.host} could not be reached (${code})`)
  }
}

async function sendOnce(
  guard: NetGuard,
  request: BuiltRequest,
  { signal, holder, maxResponseBytes }: CallLimits & { readonly signal: AbortSignal },
): Promise<ToolAnswer & { readonly location: string | null }> {
  const response = await guardedRequest(guard, request, { holder, signal })
  const status = response.statusCode ?? 0
  const location = REDIRECTS.has(status) ? (response.headers.location ?? null) : null
  if (location !== null) response.destroy()
  return {
    ...{ status, location },
    contentType: response.headers['content-type'] ?? '',
    body: location === null ? await readBody(response, maxResponseBytes) : Buffer.alloc(0),
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])

async function readBody(response: IncomingMessage, max: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > max) {
      response.destroy()
      throw new ToolCallError(`the answer is longer than ${max} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function redirected(request: BuiltRequest, status: number, location: string): BuiltRequest {
  let url: URL
  try {
    url = new URL(location, request.url)
  } catch {
    throw new ToolCallError('a redirect leads to no URL')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new ToolCallError('a redirect leaves HTTP')
  if (request.url.protocol === 'https:' && url.protocol === 'http:')
    throw new ToolCallError('a redirect leads from https to http')
  url.username = ''
  url.password = ''
  const stays = url.origin === request.url.origin
  const toGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST')
  const dropped = new Set([
    ...(stays ? [] : request.secretHeaders),
    ...(toGet ? ['content-type', 'content-length'] : []),
  ])
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.has(name)))
  return {
    ...{ url, headers },
    method: toGet ? 'GET' : request.method,
    body: toGet ? null : request.body,
    secretHeaders: stays ? request.secretHeaders : [],
  }
}

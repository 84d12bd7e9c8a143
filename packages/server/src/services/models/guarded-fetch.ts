import { Readable } from 'node:stream'
import { type NetGuard, NetRefusedError } from 'agentchat-sandbox'
import { ModelError } from 'agentchat-sandbox-agent'
import { EndlessInformationError, guardedRequest } from '../net/guarded-request.ts'

const BODILESS = new Set([204, 205, 304])

/**
 * `fetch` for one endpoint of a model, to where the guard allows. An answer that is a redirect is no answer. What goes wrong
 * names no address: users are told of it, and the endpoint is known to administrators alone.
 */
export function guardedFetch(guard: NetGuard, holder: string): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const signal = init.signal ?? NEVER
    const headers = Object.fromEntries(new Headers(init.headers))
    const body = typeof init.body === 'string' ? init.body : null
    try {
      const request = { method: init.method ?? 'GET', url, headers, body }
      const answer = await guardedRequest(guard, request, { holder, signal })
      const status = answer.statusCode ?? 0
      if (status < 200 || (status >= 300 && status < 400)) {
        answer.destroy()
        throw new ModelError('failed', `the endpoint answered ${status}, a redirect, which is not followed`)
      }
      const stream = BODILESS.has(status) ? null : (Readable.toWeb(answer) as ReadableStream)
      return new Response(stream, { status, headers: headersOf(answer.headers) })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (error instanceof NetRefusedError)
        throw new ModelError('failed', 'the endpoint cannot be reached: its address is not allowed here')
      if (error instanceof EndlessInformationError || !(error instanceof Error && 'code' in error))
        throw error
      throw new Error(`the connection failed (${String(error.code)})`, { cause: null })
    }
  }
}

const NEVER = new AbortController().signal

function headersOf(given: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given))
    for (const each of Array.isArray(value) ? value : value === undefined ? [] : [value])
      headers.append(name, each)
  return headers
}

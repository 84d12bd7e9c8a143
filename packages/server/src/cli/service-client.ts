import { UsageError } from 'agentchat-sandbox-base/command/outcome'

const DEFAULT_URL = 'http://127.0.0.1:8787'

/** The service did not do what it was asked, and it is not the caller's mistake. */
export class ServiceFailedError extends Error {
  override readonly name = 'ServiceFailedError'
  readonly code = 'service-failed'
}

/** Sends requests to a service, with the key of the environment. */
export interface ServiceClient {
  /**
   * What the service answers, if it is no refusal.
   * @throws UsageError for what it refuses
   * @throws ServiceFailedError where it fails, or is not there
   */
  send(method: string, path: string, request?: ServiceRequest): Promise<Response>
}

/** A request, beside its path. */
export interface ServiceRequest {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** @throws UsageError without a key, or with an address that is none */
export function serviceClient(flags: { readonly url?: string }): ServiceClient {
  const base = flags.url ?? (process.env.AGENTCHAT_URL || DEFAULT_URL)
  const key = process.env.AGENTCHAT_API_KEY
  if (!/^https?:$/.test(URL.canParse(base) ? new URL(base).protocol : ''))
    throw new UsageError(`"${base}" is no address of a service: an http or https URL is wanted`)
  if (!key) throw new UsageError('set AGENTCHAT_API_KEY to a key of the service, of the scope "execute"')
  return {
    async send(method, path, { body, headers = {}, signal } = {}) {
      const url = `${base.endsWith('/') ? base : `${base}/`}api/v1/${path}`
      const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
      const answer = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${key}`, ...json, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }).catch((error: unknown) => {
        if (signal?.aborted) throw signal.reason
        throw new ServiceFailedError(`Cannot reach the service at ${base}: ${reasonOf(error)}`, {
          cause: error,
        })
      })
      if (answer.ok) return answer
      const problem = await problemOf(answer)
      if (answer.status < 500) throw new UsageError(problem)
      throw new ServiceFailedError(problem)
    },
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message
}

async function problemOf(answer: Response): Promise<string> {
  const text = await answer.text()
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // It is no problem document: something else answers there.
  }
  return `the service answered ${answer.status}: ${text.slice(0, 200)}`
}

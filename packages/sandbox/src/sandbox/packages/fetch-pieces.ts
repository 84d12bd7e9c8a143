import { joinSignals } from 'agentchat-sandbox-base/async/join-signals'
import { REQUEST_MS, REQUEST_SILENCE_MS } from './limits.ts'

const MAX_REDIRECTS = 5

/** Why an answer could not be had. `status` is that of HTTP, where there was an answer at all. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly kind: 'no-network' | 'index-failed' | 'not-found' | 'too-large'
  constructor(kind: FetchError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

/** What is asked for, and what is taken as an answer. */
export interface FetchPlan {
  readonly maxBytes: number
  readonly accept?: string
  /** Part of the content type that the answer must have; without it any. */
  readonly type?: RegExp
  /** Until the answer begins, and between its pieces. */
  readonly silenceMs?: number | undefined
  /** The server whose answer gave the address: what it may lead to is what it may redirect to. */
  readonly linkedFrom?: string | undefined
  /** Aborted when nobody wants the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/** A piece of an answer, and where it came from after redirects. */
export interface FetchedPiece {
  readonly bytes: Uint8Array
  readonly url: string
}

/**
 * Asks for an address, and gives the answer as it comes: bounded in time, size and redirects. An empty answer is one
 * empty piece.
 * @throws FetchError, or the reason of the signal when that is aborted
 */
export async function* fetchPieces(
  address: string,
  plan: FetchPlan,
): AsyncGenerator<FetchedPiece, void, void> {
  const { silenceMs = REQUEST_SILENCE_MS, linkedFrom } = plan
  const start = checkedAddress(address, linkedFrom === undefined ? null : new URL(linkedFrom))
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), silenceMs)
  using joined = joinSignals(plan.signal, silence.signal, AbortSignal.timeout(REQUEST_MS))
  const { signal } = joined
  try {
    const { response, url } = await follow(start, plan, signal)
    yield { bytes: new Uint8Array(), url }
    for await (const bytes of piecesOf(response, { url, maxBytes: plan.maxBytes })) {
      timer.refresh()
      yield { bytes, url }
    }
  } catch (error) {
    if (error instanceof FetchError) throw error
    plan.signal?.throwIfAborted()
    const { host } = new URL(address)
    if (silence.signal.aborted)
      throw new FetchError('no-network', `${host} did not answer within ${silenceMs / 1000} s`, {
        cause: error,
      })
    if (signal.aborted)
      throw new FetchError('no-network', `${host} took longer than ${REQUEST_MS / 1000} s`, { cause: error })
    throw new FetchError('no-network', `${host} cannot be reached: ${reasonOf(error)}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function follow(start: URL, plan: FetchPlan, signal: AbortSignal) {
  let url = start
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const headers = plan.accept === undefined ? {} : { accept: plan.accept }
    const response = await fetch(url, { headers, signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel()
      url = checkedAddress(new URL(location, url).href, url)
      continue
    }
    if (!response.ok) {
      await response.body?.cancel()
      const kind = response.status === 404 ? 'not-found' : 'index-failed'
      throw new FetchError(kind, `${url.host} answered ${response.status}`)
    }
    const type = response.headers.get('content-type') ?? ''
    if (plan.type !== undefined && !plan.type.test(type)) {
      await response.body?.cancel()
      throw new FetchError(
        'index-failed',
        `${url.host} answered with "${type.slice(0, 100)}", which is not what was asked for`,
      )
    }
    return { response, url: url.href }
  }
  throw new FetchError('index-failed', `${start.host} redirected more than ${MAX_REDIRECTS} times`)
}

/** Only https; plain http on this machine, and to where the caller's own address was plain already. */
function checkedAddress(address: string, from: URL | null): URL {
  if (!URL.canParse(address)) throw new FetchError('index-failed', `"${address}" is no address`)
  const url = new URL(address)
  if (url.protocol === 'https:') return url
  const isLocal = url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (isLocal && (from === null || from.origin === url.origin)) return url
  const what = from === null ? `"${address}"` : `${from.host} led to "${address}", which`
  throw new FetchError('index-failed', `${what} is not an https address`)
}

async function* piecesOf(
  response: Response,
  { url, maxBytes }: { readonly url: string; readonly maxBytes: number },
): AsyncGenerator<Uint8Array, void, void> {
  const { host } = new URL(url)
  const tooLarge = (bytes: number) =>
    new FetchError('too-large', `${host} sent ${bytes} bytes or more, at most ${maxBytes} are allowed`)
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxBytes) {
    await response.body?.cancel()
    throw tooLarge(declared)
  }
  let size = 0
  for await (const piece of response.body ?? []) {
    size += piece.length
    if (size > maxBytes) throw tooLarge(size)
    yield piece
  }
}

/** What lies beneath the "fetch failed" of the platform. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause ? String(cause.code) : cause.message
}

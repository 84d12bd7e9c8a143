import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatMessage, type ChatModel, ModelError, type ModelPiece } from '../agent/chat-model.ts'
import { piecesOfAnswer } from './answer-pieces.ts'
import { readInTime } from './read-in-time.ts'

const MAX_TRIES = 3
const MAX_PAUSE_MS = 30_000
const MAX_ERROR_CHARS = 1000

/** Where a model is, and how it is asked. */
export interface OpenAiModelOptions {
  /** Up to and without `/chat/completions`, such as `https://api.example.com/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Sent as `Authorization: Bearer`, to this address alone. */
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** More of the body of the request, such as `temperature` or `max_tokens`. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined
  /** Does the model take images? By default it does not. */
  readonly takesImages?: boolean | undefined
  /** Seconds to the first byte, and between two pieces. By default 60. */
  readonly timeoutSeconds?: number | undefined
  /** In place of `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

/**
 * A model behind any endpoint that speaks as OpenAI's chat completions do. It is asked up to three times where it is busy or
 * fails, and never again once something of its answer was shown. The key never follows a redirect.
 * @throws TypeError for an address that is none
 */
export function openAiModel(options: OpenAiModelOptions): ChatModel {
  const url = `${withoutSlashesAtEnd(options.baseUrl)}/chat/completions`
  if (!/^https?:$/.test(protocolOf(url)))
    throw new TypeError(
      `Cannot use the model: "baseUrl" must be an address of http or https, got "${options.baseUrl}"`,
    )
  const timeoutMs = (options.timeoutSeconds ?? 60) * 1000
  return {
    takesImages: options.takesImages ?? false,
    async *stream(messages, { signal }): AsyncGenerator<ModelPiece, void, void> {
      for (let attempt = 1; ; attempt += 1) {
        let shown = false
        try {
          const answer = await ask(url, options, { messages, signal, timeoutMs })
          for await (const piece of piecesOfAnswer(answer, { signal, timeoutMs })) {
            shown = true
            yield piece
          }
          return
        } catch (error) {
          if (signal.aborted) throw error
          const pause = error instanceof RetryError ? error.pauseMs : null
          const isFinal = error instanceof ModelError && !(error instanceof RetryError)
          if (isFinal || shown || attempt >= MAX_TRIES) throw asModelError(error)
          await sleep(Math.min(pause ?? 500 * 2 ** attempt, MAX_PAUSE_MS), undefined, { signal })
        }
      }
    },
  }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}

function withoutSlashesAtEnd(text: string): string {
  let end = text.length
  while (text.endsWith('/', end)) end -= 1
  return text.slice(0, end)
}

/** The endpoint asks to be asked again. */
class RetryError extends ModelError {
  readonly pauseMs: number | null
  constructor(message: string, pauseMs: number | null) {
    super('failed', message)
    this.pauseMs = pauseMs
  }
}

interface Question {
  readonly messages: readonly ChatMessage[]
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

async function ask(
  url: string,
  { model, apiKey, headers = {}, parameters = {}, fetch: send = fetch }: OpenAiModelOptions,
  { messages, signal, timeoutMs }: Question,
): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new ModelError('failed', `nothing came within ${timeoutMs / 1000} s`)),
    timeoutMs,
  )
  try {
    const response = await send(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.any([signal, late.signal]),
      headers: {
        'Content-Type': 'application/json',
        Accept: 'text/event-stream, application/json',
        ...(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` }),
        ...headers,
      },
      body: JSON.stringify({
        ...parameters,
        model,
        messages: messages.map(messageOf),
        stream: true,
        stream_options: { include_usage: true },
      }),
    })
    if (response.ok) return response
    throw await refusalOf(response, { signal, timeoutMs })
  } finally {
    clearTimeout(timer)
  }
}

function messageOf({ role, content, images = [] }: ChatMessage) {
  if (images.length === 0) return { role, content }
  const pictures = images.map(({ mime, data }) => ({
    type: 'image_url',
    image_url: { url: `data:${mime};base64,${data}` },
  }))
  return { role, content: [{ type: 'text', text: content }, ...pictures] }
}

async function refusalOf(
  response: Response,
  times: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<ModelError> {
  let text = ''
  for await (const piece of readInTime(response, times)) {
    text += piece
    if (text.length > MAX_ERROR_CHARS) break
  }
  const { status } = response
  const message = `the endpoint answered ${status}: ${text.slice(0, MAX_ERROR_CHARS)}`
  if (status === 429 || status === 408 || status >= 500) return new RetryError(message, pauseOf(response))
  return new ModelError('failed', message)
}

/** `Retry-After`, in seconds or as a date. */
function pauseOf({ headers }: Response): number | null {
  const value = headers.get('Retry-After')
  if (value === null) return null
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function asModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  const reason = error instanceof Error ? `${error.message}${cause}` : String(error)
  return new ModelError('failed', `the endpoint cannot be reached: ${reason}`, { cause: error })
}

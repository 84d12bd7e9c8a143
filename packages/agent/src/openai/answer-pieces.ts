import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { ModelError, type ModelPiece } from '../agent/chat-model.ts'
import { readInTime } from './read-in-time.ts'

/** Of one answer, as JSON or as events; an agent reads no more of a turn. */
const MAX_CHARS = 8 * 2 ** 20

const text = z.string().nullish()
const content = z.union([text, z.array(z.looseObject({ type: z.string(), text }))])
/** What is there to be shown or counted: where it has another form than ours, it is as if it were not there. */
const thoughts = text.catch(null)
const count = z.int().min(0)
const usage = z.looseObject({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null)
const message = z.looseObject({ content, reasoning_content: thoughts, reasoning: thoughts, refusal: text })
/** A whole answer, or a piece of one; endpoints leave out what they like. */
const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({ message: message.nullish(), delta: message.nullish(), finish_reason: text }).nullable(),
    )
    .nullish(),
  usage,
  error: z.unknown().optional(),
})

interface Times {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/** A field of an event, or a comment; no JSON begins so. */
const EVENT_BEGINNING = /^\s*(?:data|event|id|retry)?:/

/** What an endpoint answers, as pieces: events, or one document where it does not stream. @throws ModelError */
export async function* piecesOfAnswer(
  response: Response,
  times: Times,
): AsyncGenerator<ModelPiece, void, void> {
  const text = readInTime(response, times)
  const { value: first = '' } = await text.next()
  const all = startingWith(first, text)
  // Not every endpoint that streams says so.
  const isStream = /^text\/event-stream\b/i.test(response.headers.get('Content-Type') ?? '')
  if (isStream || EVENT_BEGINNING.test(first)) yield* piecesOfEvents(all)
  else yield* piecesOf(await wholeText(all))
}

async function* startingWith(first: string, others: AsyncGenerator<string, void, void>) {
  yield first
  yield* others
}

async function* piecesOfEvents(text: AsyncIterable<string>): AsyncGenerator<ModelPiece, void, void> {
  const waiting: string[] = []
  const parser = createParser({ onEvent: ({ data }) => waiting.push(data) })
  let chars = 0
  let events = 0
  // The last event may lack the empty line that ends it.
  for await (const piece of followedBy(text, '\n\n')) {
    chars += piece.length
    if (chars > MAX_CHARS) return
    parser.feed(piece)
    for (const data of waiting.splice(0)) {
      if (data.trim() === '[DONE]') return
      events += 1
      yield* piecesOf(data)
    }
  }
  // Not every endpoint says that it is done; one that said nothing at all has failed.
  if (events === 0) throw new ModelError('failed', 'the endpoint answered nothing')
}

async function* followedBy(text: AsyncIterable<string>, last: string) {
  yield* text
  yield last
}

async function wholeText(text: AsyncIterable<string>): Promise<string> {
  let whole = ''
  for await (const piece of text) {
    whole += piece
    if (whole.length > MAX_CHARS)
      throw new ModelError('failed', `the answer has more than ${MAX_CHARS} characters`)
  }
  return whole
}

function* piecesOf(json: string): Generator<ModelPiece, void, void> {
  const answer = parsed(json)
  if (answer.error !== undefined && answer.error !== null)
    throw new ModelError('failed', `the endpoint failed: ${JSON.stringify(answer.error).slice(0, 1000)}`)
  const [choice] = answer.choices ?? []
  const said = choice?.delta ?? choice?.message
  if (said?.refusal) throw new ModelError('refused', `the model refused: ${said.refusal.slice(0, 1000)}`)
  const reasoning = said?.reasoning_content ?? said?.reasoning
  if (reasoning) yield { type: 'reasoning', text: reasoning }
  const words = textOf(said?.content)
  if (words !== '') yield { type: 'text', text: words }
  if (choice?.finish_reason === 'content_filter')
    throw new ModelError('refused', 'the endpoint held the answer back (content_filter)')
  if (choice?.finish_reason === 'length') yield { type: 'cut' }
  if (answer.usage)
    yield {
      type: 'usage',
      inputTokens: answer.usage.prompt_tokens,
      outputTokens: answer.usage.completion_tokens,
    }
}

function parsed(json: string): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(json))
  } catch (error) {
    const shown = json.slice(0, 200)
    throw new ModelError('failed', `the endpoint answered what cannot be read: ${shown}`, { cause: error })
  }
}

function textOf(given: z.output<typeof content>): string {
  if (typeof given === 'string') return given
  return (given ?? []).map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('')
}

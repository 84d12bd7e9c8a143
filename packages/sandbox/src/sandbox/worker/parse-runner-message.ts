import { type JsonBounds, JsonScan } from 'agentchat-sandbox-base/gate/json-text'
import { MAX_DISPLAY_BYTES, messageSchema, type RunnerMessage } from '../../protocol/runner-messages.ts'

/** Largest message that says no more than that something has happened, and perhaps why it failed. */
const MAX_NOTE_BYTES = 2 ** 18

/** Deepest nesting of a message; deeper JSON would overflow the stack of a recursive reader. */
const MAX_DEPTH = 200

/** What a message may cost to parse, beside half of its bytes: what Python's half keeps to, and room for names of files. */
const MAX_WORK = 1_500_000

/** What a message may hold, of a worker whose largest one has so many bytes. */
export function boundsOfMessages(maxBytes: number): JsonBounds {
  return { maxDepth: MAX_DEPTH, maxWork: Math.max(MAX_WORK, maxBytes / 2), plainNames: false }
}

/**
 * Parses one message of a worker. How long it may be depends on its type, which our runner says first.
 * @param maxBytes largest message that ends something, such as a run with its result
 * @param arriving what was taken of it while it came
 * @throws Error when it is not JSON, too long for its type, nested too deeply or not one of the messages
 */
export function parseRunnerMessage(
  payload: Uint8Array,
  maxBytes: number,
  arriving = new ArrivingMessage(boundsOfMessages(maxBytes)),
): RunnerMessage {
  const most = ceilingOf(payload, maxBytes)
  if (payload.length > most)
    throw new RangeError(`Cannot parse a message: ${payload.length} bytes, at most ${most} allowed`)
  const parsed = messageSchema().safeParse(JSON.parse(arriving.end(payload)))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TypeError(
    `Cannot parse a message: "${issue?.path.join('.') ?? ''}" ${issue?.message ?? 'is wrong'}`,
  )
}

/** Looks at the beginning alone: what comes after it is not worth reading where it is too long. */
function ceilingOf(payload: Uint8Array, maxBytes: number): number {
  const beginning = new TextDecoder('latin1').decode(payload.subarray(0, 40))
  const type = /^\{"type":"([a-z]{1,20})"/.exec(beginning)?.[1]
  if (type === 'display') return MAX_DISPLAY_BYTES
  return type === 'end' || type === 'saved' || type === 'installed' ? maxBytes : MAX_NOTE_BYTES
}

/**
 * The text of a message, checked against its bounds piece by piece as it arrives: a long one never holds the event loop for
 * its whole length.
 */
export class ArrivingMessage {
  readonly #bounds: JsonBounds
  #decoder = new TextDecoder('utf-8', { fatal: true })
  #scan: JsonScan
  #text = ''
  #taken = 0

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds
    this.#scan = new JsonScan(bounds)
  }

  /**
   * Takes what is there of the message, which begins with what was there before.
   * @throws JsonBoundsError
   * @throws TypeError when it is no UTF-8
   */
  take(arrived: Uint8Array): void {
    this.#add(this.#decoder.decode(arrived.subarray(this.#taken), { stream: true }))
    this.#taken = arrived.length
  }

  /** Takes the whole message, and gives its text; what comes then is the next one. @throws as `take` does */
  end(payload: Uint8Array): string {
    this.#add(this.#decoder.decode(payload.subarray(this.#taken)))
    const text = this.#text
    this.#decoder = new TextDecoder('utf-8', { fatal: true })
    this.#scan = new JsonScan(this.#bounds)
    this.#text = ''
    this.#taken = 0
    return text
  }

  #add(text: string): void {
    this.#scan.read(text)
    this.#text += text
  }
}

import { randomBytes } from 'node:crypto'
import { parseJson } from 'agentchat-sandbox-base/gate/json-text'
import {
  CALL_BYTES,
  encodeFrame,
  FRAME_ANSWER,
  FRAME_ASK,
  FRAME_CALL,
  FRAME_HOST,
  FRAME_REPLY,
  FRAME_RUNNER,
  FRAME_SESSION,
  FRAME_STDERR,
  FRAME_STDOUT,
  type Frame,
  FrameError,
  FrameReader,
  OUTPUT_CHUNK_BYTES,
  SESSION_CHUNK_BYTES,
  TOKEN_BYTES,
} from '../../protocol/frames.ts'
import type { HostMessage } from '../../protocol/host-messages.ts'
import { MAX_DISPLAY_BYTES, messageSchema, type RunnerMessage } from '../../protocol/runner-messages.ts'
import type { SessionQuestion } from './session-question.ts'

/** The host's end of the pipes to a worker: frames out, frames in. */
export class WorkerChannel {
  readonly #token = randomBytes(TOKEN_BYTES)
  readonly #frames: FrameReader
  readonly #write: (bytes: Uint8Array) => void

  /** @param maxMessageBytes largest message of the runner that is no display */
  constructor(maxMessageBytes: number, write: (bytes: Uint8Array) => void) {
    const ceiling = new Map([
      [FRAME_RUNNER, Math.max(maxMessageBytes, MAX_DISPLAY_BYTES)],
      [FRAME_STDOUT, OUTPUT_CHUNK_BYTES],
      [FRAME_STDERR, OUTPUT_CHUNK_BYTES],
      [FRAME_CALL, CALL_BYTES],
      [FRAME_SESSION, SESSION_CHUNK_BYTES],
      [FRAME_ANSWER, CALL_BYTES],
    ])
    this.#frames = new FrameReader(this.#token, (kind) => ceiling.get(kind) ?? -1)
    this.#write = write
  }

  /** Tells the worker the token, which comes before everything else. */
  begin(): void {
    this.#write(this.#token)
  }

  send(message: HostMessage): void {
    this.#write(encodeFrame(FRAME_HOST, this.#token, Buffer.from(JSON.stringify(message), 'utf8')))
  }

  readonly sendReply = (payload: Uint8Array): void => {
    this.#write(encodeFrame(FRAME_REPLY, this.#token, payload))
  }

  /** Sends a question about a session, and what goes with it: no more than the worker reads. */
  async sendQuestion(
    { message, content }: SessionQuestion<unknown>,
    drained: () => Promise<void>,
  ): Promise<void> {
    this.send(message)
    for await (const piece of content) {
      for (let at = 0; at < piece.length; at += SESSION_CHUNK_BYTES) {
        this.#write(encodeFrame(FRAME_SESSION, this.#token, piece.subarray(at, at + SESSION_CHUNK_BYTES)))
        await drained()
      }
    }
  }

  readonly sendAsk = (payload: Uint8Array): void => {
    this.#write(encodeFrame(FRAME_ASK, this.#token, payload))
  }

  /** @throws FrameError when the worker breaks the framing */
  read(bytes: Uint8Array): Iterable<Frame> {
    return mergeOutput(this.#frames.read(bytes))
  }
}

/**
 * Joins output frames of one stream that follow each other. Python writes through, so that nothing is lost when it is
 * killed: a `print` of three things is six frames, which usually arrive together and are one piece of text to a reader.
 */
export function* mergeOutput(frames: Iterable<Frame>): Generator<Frame, void, void> {
  let held: { readonly kind: number; readonly payloads: Uint8Array[] } | null = null
  try {
    for (const frame of frames) {
      // The runner sends none; a flood of them would cost time and count as nothing.
      if (frame.payload.length === 0) throw new FrameError('Cannot read a frame: it is empty')
      if (held !== null && held.kind === frame.kind) {
        held.payloads.push(frame.payload)
        continue
      }
      if (held !== null) yield join(held)
      held = null
      if (frame.kind === FRAME_STDOUT || frame.kind === FRAME_STDERR) {
        held = { kind: frame.kind, payloads: [frame.payload] }
      } else yield frame
    }
  } catch (error) {
    // What came before the bytes that broke the framing is output all the same.
    if (held !== null) yield join(held)
    throw error
  }
  if (held !== null) yield join(held)
}

function join({ kind, payloads }: { readonly kind: number; readonly payloads: Uint8Array[] }): Frame {
  const [first] = payloads
  return { kind, payload: payloads.length === 1 && first !== undefined ? first : Buffer.concat(payloads) }
}

/** Largest message that says no more than that something has happened, and perhaps why it failed. */
const MAX_NOTE_BYTES = 2 ** 18

/** Deepest nesting of a message; deeper JSON would overflow the stack of whoever walks it. */
const MAX_DEPTH = 200

/** What a message may cost to parse, beside half of its bytes: what Python's half keeps to, and room for names of files. */
const MAX_WORK = 1_500_000

/**
 * Parses one message of a worker. How long it may be depends on its type, which our runner says first.
 * @param maxBytes largest message that ends something, such as a run with its result
 * @throws Error when it is not JSON, too long for its type, nested too deeply or not one of the messages
 */
export function parseRunnerMessage(payload: Uint8Array, maxBytes: number): RunnerMessage {
  const most = ceilingOf(payload, maxBytes)
  if (payload.length > most)
    throw new RangeError(`Cannot parse a message: ${payload.length} bytes, at most ${most} allowed`)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
  const maxWork = Math.max(MAX_WORK, maxBytes / 2)
  const parsed = messageSchema().safeParse(
    parseJson(text, { maxDepth: MAX_DEPTH, maxWork, plainNames: false }),
  )
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

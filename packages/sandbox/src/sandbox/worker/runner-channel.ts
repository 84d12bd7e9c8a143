import { randomBytes } from 'node:crypto'
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
import { MAX_DISPLAY_BYTES, type RunnerMessage } from '../../protocol/runner-messages.ts'
import { ArrivingMessage, boundsOfMessages, parseRunnerMessage } from './parse-runner-message.ts'
import type { Question } from './question.ts'

/** The host's end of the pipes to a worker: frames out, frames in. */
export class RunnerChannel {
  readonly #token = randomBytes(TOKEN_BYTES)
  readonly #frames: FrameReader
  readonly #write: (bytes: Uint8Array) => void
  readonly #maxMessageBytes: number
  readonly #arriving: ArrivingMessage

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
    this.#maxMessageBytes = maxMessageBytes
    this.#arriving = new ArrivingMessage(boundsOfMessages(maxMessageBytes))
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
  async sendQuestion({ message, content }: Question<unknown>, drained: () => Promise<void>): Promise<void> {
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
  };

  /** @throws Error when the worker breaks the framing, or a message that has not come whole is past a bound already */
  *read(bytes: Uint8Array): Generator<Frame, void, void> {
    yield* mergeOutput(this.#frames.read(bytes))
    const { kind, arrived } = this.#frames
    if (kind === FRAME_RUNNER && arrived !== null) this.#arriving.take(arrived)
  }

  /** Parses the message of a frame that was read last. @throws Error */
  parse(payload: Uint8Array): RunnerMessage {
    return parseRunnerMessage(payload, this.#maxMessageBytes, this.#arriving)
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

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
  FrameReader,
  OUTPUT_CHUNK_BYTES,
  SESSION_CHUNK_BYTES,
  TOKEN_BYTES,
} from '../../protocol/frames.ts'
import type { HostMessage } from '../../protocol/host-messages.ts'
import { MAX_DISPLAY_BYTES } from '../../protocol/runner-messages.ts'
import { mergeOutput } from './merge-output.ts'
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

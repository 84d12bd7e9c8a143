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
  FrameReader,
  HEADER_BYTES,
  OUTPUT_CHUNK_BYTES,
  SESSION_CHUNK_BYTES,
  TOKEN_BYTES,
  writeHeader,
} from '../protocol/frames.ts'
import type { HostMessage } from '../protocol/host-messages.ts'

/** The host may send much: code and standard input come in one message. */
const HOST_CEILING_BYTES = 2 ** 30

// Taken before user code runs: it may replace what it can reach.
const write = Deno.stdout.writeSync.bind(Deno.stdout)
const read = Deno.stdin.read.bind(Deno.stdin)
const readSync = Deno.stdin.readSync.bind(Deno.stdin)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What the host sends, in its order: a message, or a question about files between two runs. */
export type Incoming = HostMessage | { readonly type: 'ask'; readonly payload: Uint8Array }

/** The two pipes to the host. */
export class HostChannel {
  readonly #token: Uint8Array
  readonly #frames: FrameReader
  readonly #parsed: Incoming[] = []
  /** Is given each answer of the host to a call. The payload is a copy. */
  onReply: (payload: Uint8Array) => void = () => {}
  /** Pieces of a saved session that have arrived, and the readers that wait for a number of bytes. */
  readonly #session: Uint8Array[] = []
  #sessionBytes = 0
  #sessionWaiter: { readonly bytes: number; readonly resolve: (pieces: Uint8Array[]) => void } | null = null
  readonly #incoming = new Uint8Array(65_536)
  readonly #output = new Uint8Array(HEADER_BYTES + OUTPUT_CHUNK_BYTES)
  /** While true, nothing is written: output of the warm-up must not reach the host. */
  muted = false

  /** Waits for the token, which is the first thing that the host sends. */
  constructor() {
    this.#token = new Uint8Array(TOKEN_BYTES)
    for (let at = 0; at < TOKEN_BYTES; ) {
      const count = readSync(this.#token.subarray(at))
      if (count === null) Deno.exit(0)
      at += count
    }
    this.#frames = new FrameReader(this.#token, ceiling)
  }

  /**
   * Has the host sent a message since the last one was handled? Can be asked while Python keeps the thread busy: a read
   * is always under way, and Deno fills its buffer from another thread. The first byte of a frame is not 0. What
   * comes in a later read is not seen here.
   */
  get hostHasSpoken(): boolean {
    if (this.#frames.kind === FRAME_HOST) return true
    const bytes = this.#incoming
    // Before the first header stands the rest of a frame whose beginning was read before.
    for (let at = this.#frames.owed; at + HEADER_BYTES <= bytes.length; ) {
      const [kind = 0, a = 0, b = 0, c = 0] = bytes.subarray(at, at + 4)
      if (kind === 0 || kind === FRAME_HOST) return kind === FRAME_HOST
      at += HEADER_BYTES + a + (b << 8) + (c << 16)
    }
    return false
  }

  /**
   * Waits for the next message with the whole thread, which wakes up sooner than the event loop does. For the time
   * before code of a caller has run; a null message means that the host has closed the pipe.
   */
  receive(): Incoming | null {
    for (;;) {
      const next = this.#parsed.shift()
      if (next !== undefined) return next
      const count = readSync(this.#incoming)
      if (count === null) return null
      this.#parse(count)
    }
  }

  /** Hands each message of the host to `handle`, until the host closes the pipe. */
  async listen(handle: (message: Incoming) => void): Promise<void> {
    for (;;) {
      const reading = read(this.#incoming)
      for (const message of this.#parsed.splice(0)) handle(message)
      const count = await reading
      if (count === null) return
      this.#parse(count)
    }
  }

  /** Sends a message whose JSON text is given. */
  send(json: string): void {
    this.#write(encodeFrame(FRAME_RUNNER, this.#token, encoder.encode(json)))
  }

  /** Sends the payload of a call. */
  sendCall(payload: Uint8Array): void {
    this.#write(encodeFrame(FRAME_CALL, this.#token, payload))
  }

  /** Sends a session at rest, in pieces. */
  sendSession(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SESSION_CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + SESSION_CHUNK_BYTES)
      this.#write(encodeFrame(FRAME_SESSION, this.#token, chunk))
    }
  }

  /** Resolves to the pieces of a session when so many bytes of it have come. */
  receiveSession(bytes: number): Promise<Uint8Array[]> {
    return new Promise((resolve) => {
      this.#sessionWaiter = { bytes, resolve }
      this.#passSession()
    })
  }

  /** Sends the payload of an answer. */
  sendAnswer(payload: Uint8Array): void {
    this.#write(encodeFrame(FRAME_ANSWER, this.#token, payload))
  }

  /** Sends bytes that Python wrote. */
  sendOutput(kind: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += OUTPUT_CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + OUTPUT_CHUNK_BYTES)
      writeHeader(this.#output, kind, this.#token, chunk.length)
      this.#output.set(chunk, HEADER_BYTES)
      this.#write(this.#output.subarray(0, HEADER_BYTES + chunk.length))
    }
  }

  #parse(count: number): void {
    const bytes = this.#incoming.slice(0, count)
    this.#incoming.fill(0, 0, count)
    for (const { kind, payload } of this.#frames.read(bytes)) {
      if (kind === FRAME_REPLY) this.onReply(payload)
      else if (kind === FRAME_SESSION) this.#takeSession(payload)
      else if (kind === FRAME_ASK) this.#parsed.push({ type: 'ask', payload: payload.slice() })
      else this.#parsed.push(JSON.parse(decoder.decode(payload)) as HostMessage)
    }
  }

  #takeSession(piece: Uint8Array): void {
    this.#session.push(piece)
    this.#sessionBytes += piece.length
    this.#passSession()
  }

  #passSession(): void {
    const waiter = this.#sessionWaiter
    if (waiter === null || this.#sessionBytes < waiter.bytes) return
    this.#sessionWaiter = null
    this.#sessionBytes = 0
    waiter.resolve(this.#session.splice(0))
  }

  #write(bytes: Uint8Array): void {
    if (this.muted) return
    for (let at = 0; at < bytes.length; ) at += write(bytes.subarray(at))
  }
}

function ceiling(kind: number): number {
  if (kind === FRAME_SESSION) return SESSION_CHUNK_BYTES
  if (kind === FRAME_REPLY || kind === FRAME_ASK) return CALL_BYTES
  return kind === FRAME_HOST ? HOST_CEILING_BYTES : -1
}

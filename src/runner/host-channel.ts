import {
  encodeFrame,
  FRAME_HOST,
  FRAME_RUNNER,
  FrameReader,
  HEADER_BYTES,
  OUTPUT_CHUNK_BYTES,
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

/** The two pipes to the host. */
export class HostChannel {
  readonly #token: Uint8Array
  readonly #incoming = new Uint8Array(65_536)
  readonly #output = new Uint8Array(HEADER_BYTES + OUTPUT_CHUNK_BYTES)

  /** Waits for the token, which is the first thing that the host sends. */
  constructor() {
    this.#token = new Uint8Array(TOKEN_BYTES)
    for (let at = 0; at < TOKEN_BYTES; ) {
      const count = readSync(this.#token.subarray(at))
      if (count === null) Deno.exit(0)
      at += count
    }
  }

  /**
   * Has the host sent something since the last message was handled? Can be asked while Python keeps the thread busy:
   * a read is always under way, and Deno fills its buffer from another thread. The first byte of a frame is not 0.
   */
  get hostHasSpoken(): boolean {
    return this.#incoming[0] !== 0
  }

  /** Hands each message of the host to `handle`, until the host closes the pipe. */
  async listen(handle: (message: HostMessage) => void): Promise<void> {
    const frames = new FrameReader(this.#token, (kind) => (kind === FRAME_HOST ? HOST_CEILING_BYTES : -1))
    let reading = read(this.#incoming)
    for (;;) {
      const count = await reading
      if (count === null) return
      const bytes = this.#incoming.slice(0, count)
      this.#incoming.fill(0, 0, count)
      reading = read(this.#incoming)
      for (const { payload } of frames.read(bytes)) handle(JSON.parse(decoder.decode(payload)) as HostMessage)
    }
  }

  /** Sends a message whose JSON text is given. */
  send(json: string): void {
    writeAll(encodeFrame(FRAME_RUNNER, this.#token, encoder.encode(json)))
  }

  /** Sends bytes that Python wrote. */
  sendOutput(kind: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += OUTPUT_CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + OUTPUT_CHUNK_BYTES)
      writeHeader(this.#output, kind, this.#token, chunk.length)
      this.#output.set(chunk, HEADER_BYTES)
      writeAll(this.#output.subarray(0, HEADER_BYTES + chunk.length))
    }
  }
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += write(bytes.subarray(at))
}

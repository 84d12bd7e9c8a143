/**
 * Framing on the pipes between host and runner. The one file of ours that both sides run.
 *
 * A frame is: kind (1 byte, never 0), length of the payload (4 bytes, little endian), token (8 bytes), payload.
 * The token is drawn by the host for each worker, so that code in the worker cannot speak for the runner by
 * writing bytes to the pipe. That is hardening: the host believes nothing in a frame all the same.
 */

/** Host to runner, payload JSON. */
export const FRAME_HOST = 1
/** Runner to host, payload JSON. */
export const FRAME_RUNNER = 2
/** Runner to host, payload bytes that Python wrote. */
export const FRAME_STDOUT = 3
export const FRAME_STDERR = 4
/** Runner to host and back: Python asks the host to do something, and is answered. The payload is a call. */
export const FRAME_CALL = 5
export const FRAME_REPLY = 6
/** Both ways: a piece of a session at rest. Only a worker ever looks into it. */
export const FRAME_SESSION = 7
/** Host to runner and back: the host asks for something between two runs, such as a file. The payload is a call. */
export const FRAME_ASK = 8
export const FRAME_ANSWER = 9

export const TOKEN_BYTES = 8
export const HEADER_BYTES = 5 + TOKEN_BYTES

/** Largest payload of an output frame, in bytes. */
export const OUTPUT_CHUNK_BYTES = 65_536 - HEADER_BYTES

/** Largest payload of a session frame, in bytes. */
export const SESSION_CHUNK_BYTES = 2 ** 18

/** Largest parts of a call, in bytes: its JSON text, and the bytes that go with it. */
export const CALL_JSON_BYTES = 262_144
export const CALL_DATA_BYTES = 262_144
const CALL_HEADER_BYTES = 8
/** Largest payload of a call or a reply. */
export const CALL_BYTES = CALL_HEADER_BYTES + CALL_JSON_BYTES + CALL_DATA_BYTES

/** A question to the host, or its answer: a number that joins the two, JSON text, and bytes. */
export interface Call {
  readonly id: number
  readonly json: Uint8Array
  readonly data: Uint8Array
}

/** A payload with its kind. `payload` may be a view that the next frame overwrites: copy to keep. */
export interface Frame {
  readonly kind: number
  readonly payload: Uint8Array
}

/** The other side broke the framing. */
export class FrameError extends Error {
  override name = 'FrameError'
}

/** One frame as bytes, ready to be written at once. */
export function encodeFrame(kind: number, token: Uint8Array, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length)
  writeHeader(frame, kind, token, payload.length)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/** Writes the header of a frame to the start of `target`. */
export function writeHeader(target: Uint8Array, kind: number, token: Uint8Array, length: number): void {
  target[0] = kind
  target[1] = length & 255
  target[2] = (length >>> 8) & 255
  target[3] = (length >>> 16) & 255
  target[4] = length >>> 24
  target.set(token, 5)
}

/**
 * Cuts a stream of bytes into frames. `ceiling(kind)` is the largest payload that a frame of this kind may have,
 * or -1 for a kind that may not come at all: the payload is never buffered past it.
 */
export class FrameReader {
  readonly #token: Uint8Array
  readonly #ceiling: (kind: number) => number
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerFill = 0
  #payload: Uint8Array | null = null
  #payloadFill = 0

  constructor(token: Uint8Array, ceiling: (kind: number) => number) {
    this.#token = token
    this.#ceiling = ceiling
  }

  /** The kind of a frame that has begun to come; 0 between two frames. */
  get kind(): number {
    return this.#headerFill === 0 ? 0 : (this.#header[0] ?? 0)
  }

  /** What has come of its payload, as a view; null where nothing has. */
  get arrived(): Uint8Array | null {
    return this.#payload?.subarray(0, this.#payloadFill) ?? null
  }

  /** How many of the next bytes belong to that frame. Infinite where its header is not whole yet. */
  get owed(): number {
    if (this.#payload !== null) return this.#payload.length - this.#payloadFill
    return this.#headerFill === 0 ? 0 : Number.POSITIVE_INFINITY
  }

  /**
   * Takes the next bytes and yields the frames that they complete.
   * @throws FrameError at the first byte that breaks the framing; the reader is of no use afterwards
   */
  *read(bytes: Uint8Array): Generator<Frame, void, void> {
    let at = 0
    while (at < bytes.length) {
      if (this.#payload === null) {
        const taken = bytes.subarray(at, at + HEADER_BYTES - this.#headerFill)
        this.#header.set(taken, this.#headerFill)
        this.#headerFill += taken.length
        at += taken.length
        if (this.#headerFill < HEADER_BYTES) return
        const length = this.#checkedLength()
        if (bytes.length - at >= length) {
          this.#headerFill = 0
          yield { kind: this.#header[0] ?? 0, payload: bytes.subarray(at, at + length) }
          at += length
          continue
        }
        this.#payload = new Uint8Array(length)
        this.#payloadFill = 0
      }
      const taken = bytes.subarray(at, at + this.#payload.length - this.#payloadFill)
      this.#payload.set(taken, this.#payloadFill)
      this.#payloadFill += taken.length
      at += taken.length
      if (this.#payloadFill < this.#payload.length) return
      const payload = this.#payload
      this.#payload = null
      this.#headerFill = 0
      yield { kind: this.#header[0] ?? 0, payload }
    }
  }

  #checkedLength(): number {
    const [kind = 0, a = 0, b = 0, c = 0, d = 0] = this.#header
    const length = a + b * 0x100 + c * 0x10000 + d * 0x1000000
    const ceiling = this.#ceiling(kind)
    if (ceiling < 0) throw new FrameError(`Cannot read a frame: kind ${kind} may not come here`)
    if (length > ceiling)
      throw new FrameError(`Cannot read a frame: ${length} bytes, at most ${ceiling} allowed`)
    for (let index = 0; index < TOKEN_BYTES; index++) {
      if (this.#header[5 + index] !== this.#token[index])
        throw new FrameError('Cannot read a frame: wrong token')
    }
    return length
  }
}

/** The payload of a call: number (4 bytes), length of the JSON (4 bytes, both little endian), JSON, bytes. */
export function encodeCall({ id, json, data }: Call): Uint8Array {
  const payload = new Uint8Array(CALL_HEADER_BYTES + json.length + data.length)
  const view = new DataView(payload.buffer)
  view.setUint32(0, id, true)
  view.setUint32(4, json.length, true)
  payload.set(json, CALL_HEADER_BYTES)
  payload.set(data, CALL_HEADER_BYTES + json.length)
  return payload
}

/**
 * Takes a call apart; the parts are views of `payload`.
 * @throws FrameError when the lengths do not fit
 */
export function decodeCall(payload: Uint8Array): Call {
  if (payload.length < CALL_HEADER_BYTES) throw new FrameError('Cannot read a call: it is too short')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const end = CALL_HEADER_BYTES + view.getUint32(4, true)
  if (end > payload.length) throw new FrameError('Cannot read a call: it is cut')
  if (end - CALL_HEADER_BYTES > CALL_JSON_BYTES || payload.length - end > CALL_DATA_BYTES) {
    throw new FrameError('Cannot read a call: a part of it is too long')
  }
  return {
    id: view.getUint32(0, true),
    json: payload.subarray(CALL_HEADER_BYTES, end),
    data: payload.subarray(end),
  }
}

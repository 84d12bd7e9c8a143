import { CALL_DATA_BYTES, CALL_JSON_BYTES, decodeCall, encodeCall } from '../protocol/frames.ts'
import type { HostChannel } from './host-channel.ts'
import type { PyBuffer } from './pyodide-module.ts'

const encoder = new TextEncoder()
const NOTHING = new Uint8Array()

/** Questions of Python to the host that are under way: Python names an operation, the host decides and does it. */
export class HostCalls {
  readonly #channel: HostChannel
  readonly #waiting = new Map<number, (reply: Uint8Array | undefined) => void>()
  /** Those of them that hold up synchronous code. */
  readonly #blocking = new Set<number>()
  #lastId = 0

  constructor(channel: HostChannel) {
    this.#channel = channel
    channel.onReply = (payload) => this.#answer(payload)
  }

  /**
   * Asks, and resolves to the reply: 4 bytes with the length of its JSON, the JSON, and the bytes that go with it.
   * `data` is a buffer of Python's. With `blocking`, `abandon` resolves it to nothing. Bound, for Python to call.
   */
  readonly call = (text: string, data?: PyBuffer, blocking = false): Promise<Uint8Array | undefined> => {
    const json = encoder.encode(text)
    const view = data?.getBuffer('u8')
    const bytes = view?.data ?? NOTHING
    if (json.length > CALL_JSON_BYTES || bytes.length > CALL_DATA_BYTES) {
      view?.release()
      throw new RangeError('Cannot ask the host: too long')
    }
    this.#lastId = (this.#lastId + 1) >>> 0
    const id = this.#lastId
    const reply = new Promise<Uint8Array | undefined>((resolve) => this.#waiting.set(id, resolve))
    if (blocking) this.#blocking.add(id)
    this.#channel.sendCall(encodeCall({ id, json, data: bytes }))
    view?.release()
    return reply
  }

  /** An interrupt: a caller that waits without an event loop goes on without a reply. Bound. */
  readonly abandon = (): void => {
    for (const id of this.#blocking) this.#settle(id, undefined)
  }

  /** How many questions are not answered. */
  get waiting(): number {
    return this.#waiting.size
  }

  #answer(payload: Uint8Array): void {
    this.#settle(decodeCall(payload).id, payload.subarray(4))
  }

  #settle(id: number, reply: Uint8Array | undefined): void {
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    this.#blocking.delete(id)
    resolve?.(reply)
  }
}

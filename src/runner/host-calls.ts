import { CALL_DATA_BYTES, CALL_JSON_BYTES, decodeCall, encodeCall } from '../protocol/frames.ts'
import type { HostChannel } from './host-channel.ts'
import type { PyBuffer } from './pyodide-module.ts'

const encoder = new TextEncoder()
const NOTHING = new Uint8Array()

/** Questions of Python to the host that are under way: Python names an operation, the host decides and does it. */
export class HostCalls {
  readonly #channel: HostChannel
  readonly #waiting = new Map<number, (reply: Uint8Array) => void>()
  #lastId = 0

  constructor(channel: HostChannel) {
    this.#channel = channel
    channel.onReply = (payload) => this.#answer(payload)
  }

  /**
   * Asks, and resolves to the reply: 4 bytes with the length of its JSON, the JSON, and the bytes that go with it.
   * `data` is a buffer of Python's. Bound, for Python to call.
   */
  readonly call = (text: string, data?: PyBuffer): Promise<Uint8Array> => {
    const json = encoder.encode(text)
    const view = data?.getBuffer('u8')
    const bytes = view?.data ?? NOTHING
    if (json.length > CALL_JSON_BYTES || bytes.length > CALL_DATA_BYTES) {
      view?.release()
      throw new RangeError('Cannot ask the host: too long')
    }
    this.#lastId = (this.#lastId + 1) >>> 0
    const id = this.#lastId
    const reply = new Promise<Uint8Array>((resolve) => this.#waiting.set(id, resolve))
    this.#channel.sendCall(encodeCall({ id, json, data: bytes }))
    view?.release()
    return reply
  }

  #answer(payload: Uint8Array): void {
    const { id } = decodeCall(payload)
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(payload.subarray(4))
  }
}

import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { type Call, decodeCall, encodeCall, FrameError } from '../../protocol/frames.ts'
import type { HostBridge } from '../bridge/host-bridge.ts'

/** Calls whose answers are still to be given, and bytes of them; a runner asks for far less at a time. */
const MAX_CALLS = 1024
const MAX_CALL_BYTES = 64 * 2 ** 20

/** The pipe back to a worker. */
interface ReplyPipe {
  send(payload: Uint8Array): void
  /** Resolves when little is waiting to be sent. */
  drained(): Promise<void>
  /** The worker asked for something that our runner never asks for. */
  breakOff(detail: string): void
}

/** Takes the calls of a worker to its bridge, and the replies back. */
export class BridgeCalls {
  readonly #bridge: HostBridge
  readonly #pipe: ReplyPipe
  #calls = 0
  #bytes = 0

  constructor(bridge: HostBridge, pipe: ReplyPipe) {
    this.#bridge = bridge
    this.#pipe = pipe
  }

  /** @throws FrameError */
  take(payload: Uint8Array): void {
    const { id, json, data } = decodeCall(payload)
    if (this.#calls >= MAX_CALLS) throw new FrameError(`Cannot take a call: ${MAX_CALLS} are not answered`)
    if (this.#bytes + payload.length > MAX_CALL_BYTES) {
      throw new FrameError(`Cannot take a call: ${MAX_CALL_BYTES} bytes of others are not answered`)
    }
    this.#calls += 1
    this.#bytes += payload.length
    // Copied: the payload is a view of what the next frame overwrites.
    const answered = this.#answer({ id, json: json.slice(), data: data.slice() }).finally(() => {
      this.#calls -= 1
      this.#bytes -= payload.length
    })
    inBackground(answered)
  }

  async #answer(call: Call): Promise<void> {
    try {
      // A worker that asks and does not read the answers must not fill the host.
      await this.#pipe.drained()
      this.#pipe.send(encodeCall(await this.#bridge.answer(call)))
    } catch (error) {
      this.#pipe.breakOff(`call: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

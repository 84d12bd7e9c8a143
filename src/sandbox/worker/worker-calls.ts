import { type Call, decodeCall, encodeCall } from '../../protocol/frames.ts'
import type { HostBridge } from '../bridge/host-bridge.ts'

/** The pipe back to a worker. */
interface ReplyPipe {
  send(payload: Uint8Array): void
  /** Resolves when little is waiting to be sent. */
  drained(): Promise<void>
  /** The worker asked for something that our runner never asks for. */
  breakOff(detail: string): void
}

/** Takes the calls of a worker to its bridge, and the replies back. */
export class WorkerCalls {
  readonly #bridge: HostBridge
  readonly #pipe: ReplyPipe

  constructor(bridge: HostBridge, pipe: ReplyPipe) {
    this.#bridge = bridge
    this.#pipe = pipe
  }

  /** @throws FrameError */
  take(payload: Uint8Array): void {
    const { id, json, data } = decodeCall(payload)
    // Copied: the payload is a view of what the next frame overwrites.
    void this.#answer({ id, json: json.slice(), data: data.slice() })
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

import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { QueueFullError, SandboxClosedError } from './errors.ts'

/** Places for executions: so many at a time, whatever image they run in. The others wait in their order. */
export class Places {
  readonly #max: number
  readonly #maxQueue: number
  readonly #queue: Deferred<void>[] = []
  #taken = 0
  #closed = false

  constructor({ max, maxQueue }: { readonly max: number; readonly maxQueue: number }) {
    this.#max = max
    this.#maxQueue = maxQueue
  }

  /**
   * Waits for a place.
   * @throws QueueFullError
   * @throws SandboxClosedError
   */
  async take(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw new SandboxClosedError()
    if (this.#taken < this.#max) {
      this.#taken += 1
      return
    }
    if (this.#queue.length >= this.#maxQueue) throw new QueueFullError(this.#queue.length, this.#max)
    const turn = deferred<void>()
    this.#queue.push(turn)
    await waitTurn(this.#queue, turn, signal)
  }

  /** Hands a place to who waits longest, or gives it up. */
  free(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#taken -= 1
    else next.resolve()
  }

  /** Refuses everyone who waits or comes. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#queue.splice(0)) waiting.reject(new SandboxClosedError())
  }
}

/** Waits in a line, and leaves it when the signal is aborted: whoever comes then finds one less waiting. */
export async function waitTurn<Value>(
  line: Deferred<Value>[],
  turn: Deferred<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  const leave = () => {
    const index = line.indexOf(turn)
    if (index < 0) return
    line.splice(index, 1)
    turn.reject(signal?.reason)
  }
  signal?.addEventListener('abort', leave)
  if (signal?.aborted) leave()
  return await turn.promise.finally(() => signal?.removeEventListener('abort', leave))
}

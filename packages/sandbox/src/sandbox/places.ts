import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { QueueFullError } from './errors/errors.ts'

/**
 * Places for executions: so many at a time, whatever image and whatever permissions they run with. The others wait in
 * their order. Given to several sandboxes as `pool.places`, it is one budget for all of them.
 */
export class Places {
  readonly #max: number
  readonly #maxQueue: number
  readonly #queue: Deferred<void>[] = []
  #taken = 0

  /** `max` executions run at a time, `maxQueue` may wait. */
  constructor({ max, maxQueue = 1000 }: { readonly max: number; readonly maxQueue?: number }) {
    if (!Number.isInteger(max) || max < 1 || !Number.isInteger(maxQueue) || maxQueue < 0)
      throw new RangeError(`Cannot make places: max is ${max}, maxQueue ${maxQueue}`)
    this.#max = max
    this.#maxQueue = maxQueue
  }

  /**
   * Waits for a place. Rejects with the reason of the signal when that is aborted first.
   * @throws QueueFullError
   */
  async take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
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
}

/** Waits in a line, and leaves it when the signal is aborted: the next to come finds one less waiting. */
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

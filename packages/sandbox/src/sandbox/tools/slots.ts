import { deferred } from 'agentchat-sandbox-base/async/deferred'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'

/** Lets so many in at a time, in the order in which they came. */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Waits for a slot, and gives what frees it. Rejects with the reason of the signal when that is aborted first. */
  async take(signal: AbortSignal): Promise<Disposable> {
    if (this.#free > 0) this.#free -= 1
    else {
      const turn = deferred<void>()
      this.#waiting.push(turn.resolve)
      try {
        await untilAborted(turn.promise, signal)
      } catch (error) {
        const index = this.#waiting.indexOf(turn.resolve)
        if (index >= 0) this.#waiting.splice(index, 1)
        else this.#leave()
        throw error
      }
    }
    return { [Symbol.dispose]: () => this.#leave() }
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

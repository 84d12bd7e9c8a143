import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { waitTurn } from '../places.ts'

/** One at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: Deferred<void>[] = []
  #taken = false

  /** Does somebody have the turn? */
  get taken(): boolean {
    return this.#taken
  }

  /** Waits for the turn, and gives what ends it. Rejects with the reason of the signal when that is aborted first. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#taken) {
      const turn = deferred<void>()
      this.#waiting.push(turn)
      await waitTurn(this.#waiting, turn, signal)
    }
    this.#taken = true
    return this.#leaver()
  }

  /** The turn, if nobody has it. */
  enterNow(): (() => void) | null {
    if (this.#taken) return null
    this.#taken = true
    return this.#leaver()
  }

  #leaver(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      const next = this.#waiting.shift()
      // The turn is handed over: nobody may come in between.
      if (next === undefined) this.#taken = false
      else next.resolve()
    }
  }
}

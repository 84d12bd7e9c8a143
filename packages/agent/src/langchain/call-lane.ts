import { setImmediate } from 'node:timers/promises'
import type { SandboxState } from './session-state.ts'

/** A call that waits for its turn. */
interface Waiting {
  readonly place: number
  readonly enter: () => void
}

/**
 * The calls of one message of a model. They come at the same time; each begins with the state that the one before left, in
 * the order of the message.
 */
export class CallLane {
  readonly #waiting: Waiting[] = []
  readonly #done = new Set<number>()
  #busy = false
  #latest: SandboxState

  constructor(state: SandboxState) {
    this.#latest = state
  }

  /** Did the call at this place of the message come to its end here? Then the step is done again. */
  hasDone(place: number): boolean {
    return this.#done.has(place)
  }

  /**
   * Waits for the turn of the call at this place of the message, and does `work` with the latest state. What `work` gives
   * becomes the latest state.
   */
  async run<Outcome extends { readonly state: SandboxState }>(
    place: number,
    signal: AbortSignal | undefined,
    work: (state: SandboxState) => Promise<Outcome>,
  ): Promise<Outcome> {
    await this.#turn(place, signal)
    try {
      const outcome = await work(this.#latest)
      this.#latest = outcome.state
      this.#done.add(place)
      return outcome
    } finally {
      this.#busy = false
      this.#next()
    }
  }

  async #turn(place: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const turn = new Promise<void>((resolve, reject) => {
      const waiting = { place, enter: resolve }
      this.#waiting.push(waiting)
      const giveUp = () => {
        const at = this.#waiting.indexOf(waiting)
        if (at < 0) return
        this.#waiting.splice(at, 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
    })
    // The others of the message come before this one looks who is first.
    await Promise.race([turn, setImmediate()])
    this.#next()
    await turn
  }

  #next(): void {
    if (this.#busy) return
    const [first] = this.#waiting.sort((one, other) => one.place - other.place)
    if (first === undefined) return
    this.#waiting.shift()
    this.#busy = true
    first.enter()
  }
}

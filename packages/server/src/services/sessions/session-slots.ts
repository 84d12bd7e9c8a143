import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { OverloadedError } from '../errors.ts'

/** How long somebody waits for a slot before being told to come back. */
const WAIT_MS = 30_000

/** Places for open sessions: so many at a time, given in the order in which they are asked for. */
export class SessionSlots {
  readonly #max: number
  readonly #waitMs: number
  readonly #waiting: Deferred<void>[] = []
  #taken = 0

  constructor(max: number, waitMs = WAIT_MS) {
    this.#max = max
    this.#waitMs = waitMs
  }

  /** Does somebody wait? */
  get wanted(): boolean {
    return this.#waiting.length > 0
  }

  /**
   * Waits for a slot. `onFull` is called when there is none, to free one.
   * @throws OverloadedError after too long
   */
  async take(onFull: () => void): Promise<void> {
    if (this.#taken < this.#max) {
      this.#taken += 1
      return
    }
    const turn = deferred<void>()
    this.#waiting.push(turn)
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(turn), 1)
      turn.reject(new OverloadedError())
    }, this.#waitMs)
    onFull()
    await turn.promise.finally(() => clearTimeout(timer))
  }

  /** Hands the slot to who waits longest. */
  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken -= 1
    else next.resolve()
  }
}

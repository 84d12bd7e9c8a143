import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'

/** Room for so many executions at a time, whichever way they come to a machine. */
export class Room {
  readonly #max: number
  #taken = 0
  #freed: Deferred<void> = deferred()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes some; false where there is none. */
  take(): boolean {
    if (this.#taken >= this.#max) return false
    this.#taken += 1
    return true
  }

  /** Gives it back. */
  give(): void {
    this.#taken -= 1
    this.#freed.resolve()
    this.#freed = deferred()
  }

  /** Resolves when there may be some again. */
  async untilFree(): Promise<void> {
    while (this.#taken >= this.#max) await this.#freed.promise
  }
}

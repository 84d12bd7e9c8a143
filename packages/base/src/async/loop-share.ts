/**
 * What one turn of the event loop may spend on bytes that have come: Node hands over all of them before it looks at anything
 * else, of every connection, and up to 2 MiB of each.
 */
export class LoopShare {
  readonly #shareMs: number
  #spentMs = 0

  /** @param shareMs milliseconds of one turn */
  constructor(shareMs = 8) {
    this.#shareMs = shareMs
  }

  /** Is this turn spent? What is left to do then waits for another one. */
  get isSpent(): boolean {
    return this.#spentMs >= this.#shareMs
  }

  /** Does work of this turn. */
  spend<Result>(work: () => Result): Result {
    const began = performance.now()
    try {
      return work()
    } finally {
      this.charge(performance.now() - began)
    }
  }

  /** Counts work of this turn that takes so many milliseconds, also where it is done in a moment. */
  charge(ms: number): void {
    if (this.#spentMs === 0) setImmediate(() => this.#renew())
    this.#spentMs += ms
  }

  #renew(): void {
    this.#spentMs = 0
  }
}

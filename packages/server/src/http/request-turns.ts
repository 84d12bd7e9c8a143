/** Somebody whose requests are started one after the other. */
interface Lane {
  readonly waiting: (() => void)[]
}

/**
 * Starts requests in turns of the event loop, one in each: what came at once is not worked on at once. Each lane has its
 * turn before another one has its next.
 */
export class RequestTurns {
  /** In the order of their turns; none is empty. */
  readonly #lanes = new Map<string, Lane>()

  /** Resolves when it is the turn of this request, in a turn of the event loop of its own. */
  enter(lane: string): Promise<void> {
    return new Promise((resolve) => {
      const known = this.#lanes.get(lane)
      if (known !== undefined) known.waiting.push(resolve)
      else {
        this.#lanes.set(lane, { waiting: [resolve] })
        if (this.#lanes.size === 1) setImmediate(() => this.#next())
      }
    })
  }

  #next(): void {
    const first = this.#lanes.entries().next().value
    if (first === undefined) return
    const [name, lane] = first
    const start = lane.waiting.shift()
    this.#lanes.delete(name)
    if (lane.waiting.length > 0) this.#lanes.set(name, lane)
    if (this.#lanes.size > 0) setImmediate(() => this.#next())
    start?.()
  }
}

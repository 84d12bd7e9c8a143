/** One at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** Waits for the turn, and gives what ends it. */
  async enter(): Promise<() => void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
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
      else next()
    }
  }
}

/**
 * Lines that the code of a run asks for, one at a time: nothing is kept for it before it asks.
 */
export class InputLines {
  /** Where code waits: what has it go on. */
  #give: ((line: string | null) => void) | null = null

  /** Does the code wait for a line? */
  get isWaiting(): boolean {
    return this.#give !== null
  }

  /** Waits for the next line, or the end of the input; also the end of the run ends it. */
  next(signal: AbortSignal): Promise<string | null> {
    return new Promise((resolve) => {
      const give = (line: string | null) => {
        signal.removeEventListener('abort', end)
        this.#give = null
        resolve(line)
      }
      const end = () => give(null)
      if (signal.aborted) return resolve(null)
      signal.addEventListener('abort', end, { once: true })
      this.#give = give
    })
  }

  /** Gives the line that is waited for, or null for the end of the input; where none is, nobody gets it. */
  give(line: string | null): void {
    this.#give?.(line)
  }
}

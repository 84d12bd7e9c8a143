/** How long one slice may last, in milliseconds. */
const SLICE_MS = 10

/** Long work in slices: between two of them all else that waits for the event loop has its turn. */
export class Slices {
  #end = performance.now() + SLICE_MS

  /** Is it time to let others have their turn? */
  get over(): boolean {
    return performance.now() >= this.#end
  }

  /** Resolves when the others had their turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#end = performance.now() + SLICE_MS
  }
}

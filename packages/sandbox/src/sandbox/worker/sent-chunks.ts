/** The chunks of a session that a worker sends, and those that it says are as they were. It can lie, of its own session. */
export class SentChunks {
  readonly #maxBytes: number
  readonly #pieces: Uint8Array[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** @throws RangeError when it is too much */
  add(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) throw new RangeError(`session of more than ${this.#maxBytes} bytes`)
    // Copied: the payload is a view of what the next frame overwrites.
    this.#pieces.push(bytes.slice())
  }

  /**
   * Puts the session together: `order` has for each chunk its length, or -1 - n for chunk n of `earlier`.
   * @throws Error when that is not what was sent, or too much
   */
  put(order: readonly number[], earlier: readonly Uint8Array[]): readonly Uint8Array[] {
    const sent = Buffer.concat(this.#pieces)
    const chunks: Uint8Array[] = []
    let at = 0
    let total = 0
    for (const entry of order) {
      const chunk = entry < 0 ? earlier[-1 - entry] : new Uint8Array(sent.subarray(at, at + entry))
      if (chunk === undefined || (entry >= 0 && chunk.length !== entry))
        throw new RangeError(`there is no chunk ${entry}`)
      if (entry >= 0) at += entry
      total += chunk.length
      if (total > this.#maxBytes) throw new RangeError(`session of more than ${this.#maxBytes} bytes`)
      chunks.push(chunk)
    }
    if (at !== sent.length) throw new RangeError(`${sent.length - at} bytes that belong to no chunk`)
    return chunks
  }
}

/** The last bytes of a stream, at most so many, in a buffer that is made when the first of them come. */
export class EndOfStream {
  readonly #maxBytes: number
  #buffer: Buffer | null = null
  /** Where the next byte goes. */
  #at = 0
  #isFull = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(bytes: Uint8Array): void {
    if (this.#maxBytes === 0) return
    this.#buffer ??= Buffer.allocUnsafe(this.#maxBytes)
    const last = bytes.length > this.#maxBytes ? bytes.subarray(bytes.length - this.#maxBytes) : bytes
    const first = last.subarray(0, this.#maxBytes - this.#at)
    this.#buffer.set(first, this.#at)
    this.#buffer.set(last.subarray(first.length), 0)
    const end = this.#at + last.length
    this.#isFull ||= end >= this.#maxBytes
    this.#at = end % this.#maxBytes
  }

  /** A copy of them, in their order. */
  get bytes(): Buffer {
    if (this.#buffer === null) return Buffer.alloc(0)
    const recent = this.#buffer.subarray(0, this.#at)
    return this.#isFull ? Buffer.concat([this.#buffer.subarray(this.#at), recent]) : Buffer.from(recent)
  }
}

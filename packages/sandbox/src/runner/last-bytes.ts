/** The last bytes of a stream that is longer than what is sent of it, in memory that does not grow with it. */
export class LastBytes {
  readonly #limit: number
  #ring: Uint8Array | null = null
  #at = 0
  /** Bytes that have come. */
  seen = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes that have come and are no longer held. */
  get dropped(): number {
    return Math.max(0, this.seen - this.#limit)
  }

  add(bytes: Uint8Array): void {
    this.seen += bytes.length
    if (this.#limit === 0) return
    this.#ring ??= new Uint8Array(this.#limit)
    const kept = bytes.length > this.#limit ? bytes.subarray(bytes.length - this.#limit) : bytes
    const first = Math.min(kept.length, this.#limit - this.#at)
    this.#ring.set(kept.subarray(0, first), this.#at)
    this.#ring.set(kept.subarray(first), 0)
    this.#at = (this.#at + kept.length) % this.#limit
  }

  /** What is held, in its order, in one or two pieces. */
  get pieces(): Uint8Array[] {
    if (this.#ring === null) return []
    if (this.seen <= this.#limit) return [this.#ring.subarray(0, this.seen)]
    return [this.#ring.subarray(this.#at), this.#ring.subarray(0, this.#at)]
  }
}

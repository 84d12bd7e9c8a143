/** Bytes past the limit that a worker may send by mistake: what lay in the pipe. More is a flood. */
const SLACK_BYTES = 262_144

/** One output stream of a run: decodes it, and cuts it at the limit without cutting a character in two. */
export class OutputCollector {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #pieces: string[] = []
  readonly #maxBytes: number
  #received = 0
  /** Bytes kept. */
  bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** More came than the runner is told to send. */
  get truncated(): boolean {
    return this.#received > this.#maxBytes
  }

  /** So much came that it is not our runner that sends it. */
  get flooded(): boolean {
    return this.#received > this.#maxBytes + SLACK_BYTES
  }

  /** The text kept so far. */
  get text(): string {
    return this.#pieces.join('')
  }

  /** Takes the next bytes and gives the text that they complete; a character cut at the end waits for its rest. */
  add(bytes: Uint8Array): string {
    this.#received += bytes.length
    const kept = bytes.subarray(0, this.#maxBytes - this.bytes)
    this.bytes += kept.length
    return this.#keep(this.#decoder.decode(kept, { stream: true }))
  }

  /** The stream has ended: gives what is left, unless the limit cut it. */
  finish(): string {
    return this.bytes < this.#maxBytes ? this.#keep(this.#decoder.decode()) : ''
  }

  #keep(text: string): string {
    if (text !== '') this.#pieces.push(text)
    return text
  }
}

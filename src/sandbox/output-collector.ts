/** Bytes past the limit that a worker may send by mistake: what lay in the pipe. More is a flood. */
const SLACK_BYTES = 262_144
const FIRST_CAPACITY = 1024

/**
 * One output stream of a run. What fits the limit is handed on as it comes. Of what is longer, the runner sends the
 * last bytes at the end of the run, half as many as the limit; the text that is kept is then as much of the beginning,
 * a line that says how much was left out, and the end. No character is cut in two.
 */
export class OutputCollector {
  readonly #decoder = newDecoder()
  readonly #maxBytes: number
  readonly #tailBytes: number
  /** The first bytes up to the limit, and behind them the last ones. */
  #buffer = Buffer.alloc(0)
  #size = 0
  #received = 0
  /** Bytes that the runner says it has left out; null when it was ended before it could send the last ones. */
  #dropped: number | null = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#tailBytes = Math.floor(maxBytes / 2)
  }

  /** More came than the limit. Where the runner could not say so, what filled the limit was probably cut. */
  get truncated(): boolean {
    if (this.#dropped === null) return this.#received >= this.#maxBytes
    return this.#received > this.#maxBytes || this.#dropped > 0
  }

  /** So much came that it is not our runner that sends it. */
  get flooded(): boolean {
    return this.#received > this.#maxBytes + this.#tailBytes + SLACK_BYTES
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.truncated ? Math.min(this.#size, this.#maxBytes) : this.#size
  }

  /** The text kept. */
  get text(): string {
    if (!this.truncated) return newDecoder().decode(this.#kept)
    if (this.#dropped === null) {
      const text = withoutRest(this.#kept.subarray(0, this.#maxBytes))
      return `${text}${lostLine(text)}`
    }
    const head = withoutRest(this.#kept.subarray(0, this.#maxBytes - this.#tailBytes))
    const tail = fromNextCharacter(this.#kept.subarray(this.#size - this.#tailBytes))
    const all = this.#received + this.#dropped
    return `${head}${gapLine(head, all - Buffer.byteLength(head) - tail.length)}${newDecoder().decode(tail)}`
  }

  /** Takes the next bytes and gives the text that they complete; a character cut at the end waits for its rest. */
  add(bytes: Uint8Array): string {
    const live = bytes.subarray(0, Math.max(0, this.#maxBytes - this.#received))
    this.#received += bytes.length
    this.#keep(bytes)
    return this.#decoder.decode(live, { stream: true })
  }

  /**
   * The stream has ended: gives the text that has not been handed on. `dropped` is the number of bytes that the runner
   * left out between the limit and what it sent last, or null when it was ended.
   */
  finish(dropped: number | null): string {
    this.#dropped = dropped
    if (!this.truncated) return this.#decoder.decode()
    const tail = this.#kept.subarray(Math.min(this.#size, this.#maxBytes))
    const head = this.#kept.subarray(0, this.#maxBytes).toString('latin1')
    if (dropped === null) return lostLine(head)
    const missing = dropped + this.#received - this.#size
    if (missing === 0) return this.#decoder.decode(tail)
    return `${gapLine(head, missing)}${newDecoder().decode(fromNextCharacter(tail))}`
  }

  get #kept(): Buffer {
    return this.#buffer.subarray(0, this.#size)
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, this.#maxBytes + this.#tailBytes - this.#size)
    if (this.#size + kept.length > this.#buffer.length) {
      const capacity = Math.max(FIRST_CAPACITY, this.#buffer.length * 2, this.#size + kept.length)
      const larger = Buffer.allocUnsafe(capacity)
      this.#buffer.copy(larger, 0, 0, this.#size)
      this.#buffer = larger
    }
    this.#buffer.set(kept, this.#size)
    this.#size += kept.length
  }
}

function newDecoder() {
  return new TextDecoder('utf-8', { ignoreBOM: true })
}

/** Text without the character that the end cuts in two. */
function withoutRest(bytes: Uint8Array): string {
  return newDecoder().decode(bytes, { stream: true })
}

/** Bytes without the rest of a character that their beginning cuts in two. */
function fromNextCharacter(bytes: Uint8Array): Uint8Array {
  const start = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80)
  return bytes.subarray(start < 0 ? 3 : start)
}

function gapLine(before: string, bytes: number): string {
  return `${lineBreak(before)}[... ${bytes} bytes left out ...]\n`
}

function lostLine(before: string): string {
  return `${lineBreak(before)}[... the rest was lost when Python was ended ...]\n`
}

function lineBreak(before: string): string {
  return before === '' || before.endsWith('\n') ? '' : '\n'
}

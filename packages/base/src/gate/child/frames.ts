const HEADER_BYTES = 4

/** A message on the pipes between host and child: the length of its JSON text in four bytes, and the text. */
export function encodeMessage(message: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(message), 'utf8')
  const frame = Buffer.allocUnsafe(HEADER_BYTES + text.length)
  frame.writeUInt32LE(text.length, 0)
  text.copy(frame, HEADER_BYTES)
  return frame
}

/** Cuts a stream of bytes into messages, none of which may be longer than a ceiling. */
export class MessageReader {
  readonly #maxBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #wanted = HEADER_BYTES
  #inHeader = true

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Takes the next bytes and gives the texts that they complete.
   * @throws RangeError when one is longer than the ceiling
   */
  *read(chunk: Buffer): Generator<string, void, void> {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes >= this.#wanted) {
      const whole = Buffer.concat(this.#chunks)
      const part = whole.subarray(0, this.#wanted)
      this.#chunks = [whole.subarray(this.#wanted)]
      this.#bytes = whole.length - this.#wanted
      if (!this.#inHeader) yield part.toString('utf8')
      this.#wanted = this.#inHeader ? this.#checked(part.readUInt32LE(0)) : HEADER_BYTES
      this.#inHeader = !this.#inHeader
    }
  }

  #checked(length: number): number {
    if (length > this.#maxBytes)
      throw new RangeError(`Cannot read a message: ${length} bytes, at most ${this.#maxBytes} allowed`)
    return length
  }
}

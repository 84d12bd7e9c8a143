// Taken before user code runs: it may replace what it can reach.
const { CompressionStream: Compressor, DecompressionStream: Decompressor } = globalThis

/** Bytes that are handed over at a time. Of compressed ones few: one byte can become a thousand. */
const PLAIN_PIECE_BYTES = 2 ** 20
const COMPRESSED_PIECE_BYTES = 2 ** 14

/**
 * Compresses, and gives the pieces of the outcome.
 * @throws Error when they are more than `maxBytes`
 */
export async function compress(parts: readonly Uint8Array[], maxBytes: number): Promise<Uint8Array[]> {
  const stream = new Compressor('deflate-raw')
  const writing = writeAll(stream.writable, parts, PLAIN_PIECE_BYTES)
  const pieces: Uint8Array[] = []
  let total = 0
  const reader = stream.readable.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    total += next.value.length
    if (total > maxBytes) {
      writing.catch(() => {})
      await reader.cancel()
      throw new Error(`a state of more than ${maxBytes} bytes when compressed (maxSessionBytes)`)
    }
    pieces.push(next.value)
  }
  await writing
  return pieces
}

/** Compressed bytes, read piece by piece. Of what they become never more than `maxPlainBytes` are taken. */
export class Decompressed {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #left: number
  #piece: Uint8Array = new Uint8Array()

  constructor(parts: readonly Uint8Array[], maxPlainBytes: number) {
    const stream = new Decompressor('deflate-raw')
    this.#left = maxPlainBytes
    this.#reader = stream.readable.getReader()
    // A failure is met by the reader, too.
    writeAll(stream.writable, parts, COMPRESSED_PIECE_BYTES).catch(() => {})
  }

  /** Hands the next `count` bytes to `take`, in pieces that are of use only during the call. */
  async pass(count: number, take: (bytes: Uint8Array) => void): Promise<void> {
    for (let missing = count; missing > 0; ) {
      if (this.#piece.length === 0 && !(await this.#read())) throw new Error('the session is cut')
      const taken = this.#piece.subarray(0, missing)
      this.#piece = this.#piece.subarray(taken.length)
      missing -= taken.length
      take(taken)
    }
  }

  /** The next `count` bytes. What is not there is not made room for. */
  async take(count: number): Promise<Uint8Array> {
    if (count > this.#left + this.#piece.length) throw new Error('the session is cut')
    const bytes = new Uint8Array(count)
    let at = 0
    await this.pass(count, (piece) => {
      bytes.set(piece, at)
      at += piece.length
    })
    return bytes
  }

  /** @throws Error when there is more */
  async end(): Promise<void> {
    if (this.#piece.length > 0 || (await this.#read())) throw new Error('the session is too long')
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.read()
    if (done) return false
    this.#left -= value.length
    if (this.#left < 0) {
      await this.#reader.cancel()
      throw new Error('the session becomes larger than allowed when it is decompressed')
    }
    this.#piece = value
    return true
  }
}

async function writeAll(
  target: WritableStream<BufferSource>,
  parts: readonly Uint8Array[],
  pieceBytes: number,
): Promise<void> {
  const writer = target.getWriter()
  for (const part of parts) {
    for (let at = 0; at < part.length; at += pieceBytes) {
      await writer.ready
      await writer.write(part.subarray(at, at + pieceBytes) as Uint8Array<ArrayBuffer>)
    }
  }
  await writer.close()
}

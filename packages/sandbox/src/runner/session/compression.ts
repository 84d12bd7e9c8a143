// Taken before user code runs: it may replace what it can reach.
const { CompressionStream: Compressor, DecompressionStream: Decompressor } = globalThis
const digest = crypto.subtle.digest.bind(crypto.subtle)

/** Compressed bytes that are handed over at a time: few, for one byte can become a thousand. */
const COMPRESSED_PIECE_BYTES = 2 ** 14
const LENGTH_BYTES = 4

/** A session as it is sent. */
export interface PackedState {
  /** In their order: bytes of a chunk that is in `pieces`, or, as -1 - n, chunk n of the save that is known. */
  readonly chunks: readonly number[]
  readonly pieces: readonly Uint8Array[]
}

/** Which save is made, and which the host has. */
interface SaveNumbers {
  readonly save: number
  readonly known: number | null
  readonly maxBytes: number
}

/**
 * Compresses sessions chunk by chunk: length (u32, little endian) and deflated bytes. Chunks that are as they were in the
 * save before are neither compressed nor sent again.
 */
export class StatePacker {
  /** The save before: place and compressed size of each chunk, by its hash. */
  #before: { readonly save: number; readonly places: ReadonlyMap<string, Place> } | null = null

  /** @throws Error when the outcome would have more than `maxBytes` */
  async pack(plain: readonly Uint8Array[], { save, known, maxBytes }: SaveNumbers): Promise<PackedState> {
    const before = this.#before?.save === known ? this.#before?.places : undefined
    const places = new Map<string, Place>()
    const chunks: number[] = []
    const pieces: Uint8Array[] = []
    let total = 0
    for (const [index, bytes] of plain.entries()) {
      const hash = await hashOf(bytes)
      const same = before?.get(hash)
      const piece = same === undefined ? await deflate(bytes) : null
      const length = piece?.length ?? same?.bytes ?? 0
      total += length
      if (total > maxBytes)
        throw new Error(`a state of more than ${maxBytes} bytes when compressed (maxSessionBytes)`)
      if (piece !== null) pieces.push(piece)
      chunks.push(same === undefined ? length : -1 - same.index)
      places.set(hash, { index, bytes: length })
    }
    this.#before = { save, places }
    return { chunks, pieces }
  }
}

interface Place {
  readonly index: number
  readonly bytes: number
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  const hash = await digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return String.fromCharCode(...new Uint16Array(hash))
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Compressor('deflate-raw')
  const writing = writeAll(stream.writable, [bytes], bytes.length)
  const pieces: Uint8Array[] = []
  let length = LENGTH_BYTES
  for await (const piece of stream.readable) {
    pieces.push(piece)
    length += piece.length
  }
  await writing
  const chunk = new Uint8Array(length)
  new DataView(chunk.buffer).setUint32(0, length - LENGTH_BYTES, true)
  let at = LENGTH_BYTES
  for (const piece of pieces) {
    chunk.set(piece, at)
    at += piece.length
  }
  return chunk
}

/** Compressed chunks, read piece by piece. Of what they become never more than `maxPlainBytes` are taken. */
export class Decompressed {
  readonly #pieces: AsyncGenerator<Uint8Array, void, void>
  #left: number
  #piece: Uint8Array = new Uint8Array()

  constructor(parts: readonly Uint8Array[], maxPlainBytes: number) {
    this.#left = maxPlainBytes
    this.#pieces = inflateAll(parts)
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
    const { done, value } = await this.#pieces.next()
    if (done) return false
    this.#left -= value.length
    if (this.#left < 0) {
      await this.#pieces.return()
      throw new Error('the session becomes larger than allowed when it is decompressed')
    }
    this.#piece = value
    return true
  }
}

async function* inflateAll(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  const source = new Parts(parts)
  while (source.left > 0) {
    const header = new Uint8Array(LENGTH_BYTES)
    let at = 0
    for (const piece of source.take(LENGTH_BYTES)) {
      header.set(piece, at)
      at += piece.length
    }
    const compressed = source.take(new DataView(header.buffer).getUint32(0, true))
    const stream = new Decompressor('deflate-raw')
    // A failure is met by the reader, too.
    writeAll(stream.writable, compressed, COMPRESSED_PIECE_BYTES).catch(() => {})
    for await (const piece of stream.readable) yield piece
  }
}

/** Bytes in parts, taken from the front. */
class Parts {
  readonly #parts: readonly Uint8Array[]
  #part = 0
  #at = 0
  left: number

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts
    this.left = parts.reduce((sum, part) => sum + part.length, 0)
  }

  take(count: number): Uint8Array[] {
    if (count > this.left) throw new Error('the session is cut')
    this.left -= count
    const taken: Uint8Array[] = []
    for (let missing = count; missing > 0; ) {
      const part = (this.#parts[this.#part] ?? new Uint8Array()).subarray(this.#at, this.#at + missing)
      missing -= part.length
      this.#at += part.length
      taken.push(part)
      if (this.#at < (this.#parts[this.#part]?.length ?? 0)) continue
      this.#part += 1
      this.#at = 0
    }
    return taken
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

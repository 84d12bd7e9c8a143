const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPENING_BRACE = 0x7b
const OPENING = new Set([0x5b, OPENING_BRACE])
const CLOSING = new Set([0x5d, 0x7d])

/** Longest text that is taken of one file, or of what the page says of itself. */
const MAX_TEXT_BYTES = 16_384
const MAX_KEY_CHARS = 20

/** What is taken of the page: the objects below these keys, and how deep they lie. */
const DEPTH_OF: Readonly<Record<string, number>> = { meta: 1, files: 2 }

/** A text of JSON that stood in the page. */
export interface PageText {
  readonly key: 'meta' | 'files'
  readonly text: string
}

/** The page is not JSON, or is cut. */
export class IndexPageError extends Error {}

/**
 * Finds what the page of an index (PEP 691) says of itself and of each file, piece by piece: of a page, however long,
 * never more is in memory than a piece and one entry. All else in it is passed over.
 */
export class IndexPage {
  #depth = 0
  #inString = false
  #isEscaped = false
  /** The key at the top of the page whose value is being read. */
  #key = ''
  #inKey = false
  /** What came of an entry in the pieces before; null outside of one. */
  #entry: Uint8Array[] | null = null

  /** The page has ended. @throws IndexPageError when there should be more of it */
  end(): void {
    if (this.#depth !== 0 || this.#inString) throw new IndexPageError('the page is cut')
  }

  /** Takes the next piece, and gives what is complete with it. @throws IndexPageError */
  *read(piece: Uint8Array): Generator<PageText, void, void> {
    let start = 0
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0
      if (this.#inString) this.#readInString(byte)
      else if (byte === QUOTE) this.#beginString()
      else if (OPENING.has(byte)) {
        if (byte === OPENING_BRACE && this.#depth === DEPTH_OF[this.#key]) {
          this.#entry = []
          start = at
        }
        this.#depth += 1
        if (this.#depth === 1) this.#inKey = true
      } else if (CLOSING.has(byte)) {
        this.#depth -= 1
        if (this.#entry !== null && this.#depth === DEPTH_OF[this.#key])
          yield this.#endEntry(piece.subarray(start, at + 1))
      } else if (this.#depth === 1 && byte === COMMA) this.#inKey = true
      else if (this.#depth === 1 && byte === COLON) this.#inKey = false
    }
    if (this.#entry !== null) this.#keep(piece.slice(start))
  }

  #beginString(): void {
    this.#inString = true
    if (this.#depth === 1 && this.#inKey) this.#key = ''
  }

  #readInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) this.#inString = false
    if (this.#inString && this.#depth === 1 && this.#inKey && this.#key.length < MAX_KEY_CHARS)
      this.#key += String.fromCharCode(byte)
  }

  #keep(bytes: Uint8Array): void {
    const kept = (this.#entry ?? []).reduce((sum, each) => sum + each.length, bytes.length)
    if (kept > MAX_TEXT_BYTES) throw new IndexPageError(`an entry has more than ${MAX_TEXT_BYTES} bytes`)
    this.#entry?.push(bytes)
  }

  #endEntry(rest: Uint8Array): PageText {
    this.#keep(rest)
    const text = Buffer.concat(this.#entry ?? []).toString('utf8')
    this.#entry = null
    return { key: this.#key === 'meta' ? 'meta' : 'files', text }
  }
}

const ESCAPE = 0x1b
const BELL = 0x07
const BACKSLASH = 0x5c
/** Longer than this no sequence and no run of backslashes is one. */
const MAX_BYTES = 256

type Within = 'text' | 'escape' | 'sequence' | 'string' | 'string-escape' | 'backslash'

/** Passes on what is text: no sequences for terminals, and no line ends that are quoted (`\n`). */
export class TerminalText {
  readonly #text: (byte: number, place: number) => void
  #within: Within = 'text'
  #length = 0
  /** Places of backslashes of which it is not known yet what they quote. */
  readonly #backslashes: number[] = []

  constructor(text: (byte: number, place: number) => void) {
    this.#text = text
  }

  /** Has everything been passed on? */
  get isText(): boolean {
    return this.#within === 'text'
  }

  /** The place of the first byte that may be text yet. */
  waitsAt(otherwise: number): number {
    return this.#backslashes[0] ?? otherwise
  }

  reset(): void {
    this.#within = 'text'
    this.#backslashes.length = 0
  }

  /** @param meaning what the byte means as text, or 0 where that is nothing */
  take(byte: number, meaning: number, place: number): void {
    this.#length += 1
    if (this.#within === 'backslash') {
      if (byte === BACKSLASH) {
        this.#backslash(place)
        return
      }
      this.#within = 'text'
      const isQuotedEnd = byte === 0x6e || byte === 0x72 || byte === 0x74
      if (!isQuotedEnd) for (const each of this.#backslashes) this.#text(BACKSLASH, each)
      this.#backslashes.length = 0
      if (isQuotedEnd) return
    }
    if (this.#within !== 'text' && this.#length > MAX_BYTES) this.#within = 'text'
    if (byte === ESCAPE) this.#escape()
    else if (this.#within === 'text') this.#takeText(byte, meaning, place)
    else this.#within = next(this.#within, byte)
  }

  #escape(): void {
    if (this.#within === 'string') this.#within = 'string-escape'
    else {
      this.#within = 'escape'
      this.#length = 0
    }
  }

  #takeText(byte: number, meaning: number, place: number): void {
    if (byte === BACKSLASH) this.#backslash(place)
    else if (meaning !== 0) this.#text(meaning, place)
  }

  #backslash(place: number): void {
    if (this.#backslashes.length === MAX_BYTES) {
      for (const each of this.#backslashes) this.#text(BACKSLASH, each)
      this.#backslashes.length = 0
    }
    this.#within = 'backslash'
    this.#backslashes.push(place)
  }
}

/** What a byte within a sequence leads to. */
function next(within: Exclude<Within, 'text' | 'backslash'>, byte: number): Within {
  switch (within) {
    case 'escape':
      if (byte === 0x5b) return 'sequence'
      if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string'
      return byte >= 0x20 && byte <= 0x2f ? 'escape' : 'text'
    case 'sequence':
      return byte >= 0x40 && byte <= 0x7e ? 'text' : 'sequence'
    case 'string':
      return byte === BELL ? 'text' : 'string'
    case 'string-escape':
      return byte === BACKSLASH ? 'text' : next('escape', byte)
  }
  return within satisfies never
}

import type { FormAutomaton } from './form-automaton.ts'
import { isIgnorable } from './ignorable.ts'
import { type Found, Lane } from './lane.ts'
import { TerminalText } from './terminal-text.ts'

const ESCAPE = 0x1b
const BACKSLASH = 0x5c

/** What a byte means in a comparison: small letters, and 0 where it must be looked at. */
const MEANING = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) return 0
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
})

/**
 * Looks for forms of secrets in a stream of bytes that is read as UTF-8, piece by piece. What a reader does not see within
 * a secret is passed over in two readings: one knows no sequences for terminals, so that a secret cannot hide in one, and
 * the other leaves them out, so that none can stand within a secret.
 */
export class SecretScanner {
  readonly #tight: Lane
  readonly #loose: Lane
  readonly #terminal: TerminalText
  #isLoose = false
  /** Place of the next byte. */
  #at = 0
  /** A character whose last bytes have not come. */
  readonly #rest: number[] = []
  #missing = 0
  #found: Found[] = []

  constructor(automaton: FormAutomaton) {
    this.#tight = new Lane(automaton)
    this.#loose = new Lane(automaton)
    this.#terminal = new TerminalText((byte, place) => this.#tell(this.#loose.read(byte, place)))
  }

  /** Places from which on a form may have begun; the number of all bytes where none has. */
  get heldFrom(): number {
    let from = this.#tight.beginsAt(this.#at)
    if (this.#isLoose) from = Math.min(from, this.#loose.beginsAt(this.#at), this.#terminal.waitsAt(this.#at))
    return Math.min(from, this.#at - this.#rest.length)
  }

  /** Is what is held more than could be there by chance? */
  get isSure(): boolean {
    return this.#tight.beginning >= 4 || (this.#isLoose && this.#loose.beginning >= 4)
  }

  /** Reads on; gives what was found, in no order. */
  scan(bytes: Uint8Array): readonly Found[] {
    this.#found = []
    const base = this.#at
    const tell = (found: Found) => this.#tell(found)
    for (let index = 0; index < bytes.length; ) {
      if (!this.#isLoose && this.#missing === 0) {
        index = this.#tight.readPlain(bytes, index, { base, meaning: MEANING, tell })
        if (index === bytes.length) break
      }
      this.#take(bytes[index] ?? 0, base + index)
      index += 1
    }
    this.#at = base + bytes.length
    return this.#found
  }

  /** Another stream begins. */
  reset(): void {
    this.#at = 0
    this.#rest.length = 0
    this.#missing = 0
    this.#isLoose = false
    this.#tight.reset()
  }

  #take(byte: number, place: number): void {
    if (this.#missing > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.#rest.push(byte)
        this.#missing -= 1
        if (this.#missing === 0) this.#takeCharacter(place)
        return
      }
      // No character after all.
      this.#takeCharacter(place - 1)
    }
    if (byte < 0x80) this.#takeAscii(byte, place)
    else {
      this.#rest.push(byte)
      this.#missing = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
      if (this.#missing === 0) this.#takeCharacter(place)
    }
  }

  #takeAscii(byte: number, place: number): void {
    if ((byte === ESCAPE || byte === BACKSLASH) && !this.#isLoose) {
      this.#isLoose = true
      this.#loose.follow(this.#tight)
      this.#terminal.reset()
    }
    const meaning = byte === BACKSLASH ? BACKSLASH : (MEANING[byte] ?? 0)
    if (meaning !== 0) this.#tell(this.#tight.read(meaning, place))
    if (this.#isLoose) this.#takeLoosely(byte, meaning, place)
  }

  #takeLoosely(byte: number, meaning: number, place: number): void {
    this.#terminal.take(byte, meaning, place)
    if (this.#terminal.isText && this.#loose.isLike(this.#tight)) this.#isLoose = false
  }

  /** The bytes of a character from outside ASCII, or what was to be one; the last of them is at this place. */
  #takeCharacter(place: number): void {
    const bytes = this.#rest
    const isWhole = this.#missing === 0
    const first = place + 1 - bytes.length
    this.#missing = 0
    if (!isWhole || bytes.length === 1 || !isIgnorable(codePointOf(bytes))) {
      for (const [index, byte] of bytes.entries()) {
        this.#tell(this.#tight.read(byte, first + index))
        if (this.#isLoose) this.#terminal.take(byte, byte, first + index)
      }
    }
    bytes.length = 0
  }

  #tell(found: Found | null): void {
    if (found !== null) this.#found.push(found)
  }
}

function codePointOf([first = 0, second = 0, third = 0, fourth = 0]: readonly number[]): number {
  if (first < 0xe0) return ((first & 0x1f) << 6) | (second & 0x3f)
  if (first < 0xf0) return ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f)
  return ((first & 0x07) << 18) | ((second & 0x3f) << 12) | ((third & 0x3f) << 6) | (fourth & 0x3f)
}

import type { FormAutomaton } from './form-automaton.ts'

/** Bytes of a stream, by their place in it: from `start` to before `end`. */
export interface Found {
  readonly start: number
  readonly end: number
}

/** One reading of a stream: the bytes that count in it go through the automaton, and each keeps its place. */
export class Lane {
  readonly #automaton: FormAutomaton
  /** Places of the last bytes that counted, the newest at `#count - 1`. */
  readonly #places: Float64Array
  readonly #mask: number
  #count = 0
  #state = 0
  #word = 0

  constructor(automaton: FormAutomaton) {
    this.#automaton = automaton
    const size = 2 ** Math.ceil(Math.log2(automaton.maxBytes + 4))
    this.#places = new Float64Array(size)
    this.#mask = size - 1
  }

  /** Nothing has been read. */
  reset(): void {
    this.#count = 0
    this.#state = 0
    this.#word = 0
  }

  /** Reads on from where another one is. */
  follow(other: Lane): void {
    this.#count = other.#count
    this.#state = other.#state
    this.#word = other.#word
    const held = Math.max(4, other.beginning)
    for (let at = Math.max(0, this.#count - held); at < this.#count; at++)
      this.#places[at & this.#mask] = other.#places[at & this.#mask] ?? 0
  }

  /** Will both find the same from now on? */
  isLike(other: Lane): boolean {
    return this.#state === 0 && other.#state === 0 && this.#word === other.#word && this.#samePlaces(other)
  }

  /** Reads the next byte, which is at this place. Gives what ends there. */
  read(byte: number, place: number): Found | null {
    this.#word = (this.#word << 8) | byte
    this.#places[this.#count & this.#mask] = place
    this.#count += 1
    this.#state =
      this.#state === 0
        ? this.#automaton.root(this.#word)
        : this.#automaton.next(this.#state, byte, this.#word)
    return this.#state === 0 ? null : this.#foundAt(place)
  }

  /**
   * Reads bytes up to the first that `meaning` has a 0 for; gives where that is. This is where time is spent: no call for a
   * byte that begins nothing.
   */
  readPlain(
    bytes: Uint8Array,
    from: number,
    { base, meaning, tell }: { base: number; meaning: Uint8Array; tell: (found: Found) => void },
  ): number {
    const automaton = this.#automaton
    const { filter, filterShift: shift } = automaton
    const places = this.#places
    const mask = this.#mask
    let count = this.#count
    let word = this.#word
    let state = this.#state
    let at = from
    for (; at < bytes.length; at++) {
      const byte = meaning[bytes[at] ?? 0] ?? 0
      if (byte === 0) break
      word = (word << 8) | byte
      places[count & mask] = base + at
      count += 1
      if (state === 0) {
        if (filter[Math.imul(word, 0x9e3779b1) >>> shift] !== 0) state = automaton.root(word)
        continue
      }
      state = automaton.next(state, byte, word)
      const length = state === 0 ? 0 : automaton.foundAt(state)
      if (length > 0) tell({ start: places[(count - length) & mask] ?? 0, end: base + at + 1 })
    }
    this.#count = count
    this.#word = word
    this.#state = state
    return at
  }

  /** How many of the last bytes may be the beginning of a form: 4 and more are hardly there by chance. */
  get beginning(): number {
    return this.#automaton.beginning(this.#state, this.#word)
  }

  /** The place of the first of them; `otherwise` where there are none. */
  beginsAt(otherwise: number): number {
    const count = this.beginning
    return count === 0 ? otherwise : (this.#places[(this.#count - count) & this.#mask] ?? otherwise)
  }

  #foundAt(place: number): Found | null {
    const length = this.#automaton.foundAt(this.#state)
    if (length === 0) return null
    return { start: this.#places[(this.#count - length) & this.#mask] ?? 0, end: place + 1 }
  }

  #samePlaces(other: Lane): boolean {
    for (let back = 1; back <= 4; back++) {
      const [one, two] = [this.#count - back, other.#count - back]
      if (this.#places[one & this.#mask] !== other.#places[two & this.#mask]) return false
    }
    return true
  }
}

/** Bytes that are looked up at once: a form is recognised from its fourth byte on. */
export const ROOT_BYTES = 4
const MIX = 0x9e3779b1
/** States that are linked in one step. */
const LINKS_AT_ONCE = 4096

/**
 * Finds which of many forms a text holds, in time that does not depend on them (Aho and Corasick). The first four bytes of
 * a form are one step: most texts never get past it, and what it costs is one look into a small table. A state is a number
 * that is above 0 where four bytes of a form or more have been read.
 */
export class FormAutomaton {
  /** Bytes of the longest form. */
  readonly maxBytes: number
  readonly #roots = new Map<number, number>()
  /** Which four bytes may be the first of a form, by their hash. */
  readonly filter: Uint8Array
  readonly filterShift: number
  /** State and byte, and the state that they lead to, in a table with open addresses. */
  readonly #keys: Int32Array
  readonly #targets: Int32Array
  readonly #mask: number
  readonly #fail: Int32Array
  readonly #depth: Int32Array
  /** Bytes of the longest form that ends in a state, or 0. */
  readonly #found: Int32Array
  readonly #begins: readonly Set<number>[] = [new Set(), new Set(), new Set()]
  #states = 0

  private constructor(forms: readonly Uint8Array[]) {
    const total = forms.reduce((sum, { length }) => sum + length, 0)
    this.maxBytes = forms.reduce((most, { length }) => Math.max(most, length), 0)
    const slots = powerOfTwo(2 * total + 16)
    this.#keys = new Int32Array(slots)
    this.#targets = new Int32Array(slots)
    this.#mask = slots - 1
    this.#fail = new Int32Array(total + 1)
    this.#depth = new Int32Array(total + 1)
    this.#found = new Int32Array(total + 1)
    const roots = new Set(forms.map((form) => wordOf(form, ROOT_BYTES)))
    const size = Math.min(2 ** 20, Math.max(2 ** 12, powerOfTwo(64 * roots.size)))
    this.filter = new Uint8Array(size)
    this.filterShift = 32 - Math.log2(size)
  }

  /**
   * Makes one in steps, none of which takes long: between two of them something else may have its turn.
   * @param forms of at least 6 bytes each
   */
  static *steps(forms: readonly Uint8Array[]): Generator<void, FormAutomaton, void> {
    const automaton = new FormAutomaton(forms)
    const parents = new Int32Array(automaton.#fail.length)
    const last = new Int32Array(automaton.#fail.length)
    for (const form of forms) {
      automaton.#insert(form, parents, last)
      yield
    }
    yield* automaton.#link(parents, last)
    return automaton
  }

  /** The state after the next byte. `word` has the last four bytes, that one included. */
  next(state: number, byte: number, word: number): number {
    for (let from = state; from !== 0; from = this.#fail[from] ?? 0) {
      const target = this.#step(from, byte)
      if (target !== 0) return target
    }
    return this.root(word)
  }

  /** The state after these four bytes alone. */
  root(word: number): number {
    if (this.filter[Math.imul(word, MIX) >>> this.filterShift] === 0) return 0
    return this.#roots.get(word) ?? 0
  }

  /** Bytes of the longest form that ends here, or 0. */
  foundAt(state: number): number {
    return this.#found[state] ?? 0
  }

  /** How many of the last bytes may be the beginning of a form. `word` has the last four. */
  beginning(state: number, word: number): number {
    if (state !== 0) return this.#depth[state] ?? 0
    for (let count = ROOT_BYTES - 1; count > 0; count--) {
      if (this.#begins[count - 1]?.has(word & (2 ** (8 * count) - 1))) return count
    }
    return 0
  }

  #insert(form: Uint8Array, parents: Int32Array, last: Int32Array): void {
    const word = wordOf(form, ROOT_BYTES)
    let state = this.#roots.get(word) ?? 0
    if (state === 0) {
      state = this.#newState(ROOT_BYTES)
      this.#roots.set(word, state)
      this.filter[Math.imul(word, MIX) >>> this.filterShift] = 1
      for (const [at, begins] of this.#begins.entries()) begins.add(wordOf(form, at + 1))
      last[state] = word
    }
    for (const byte of form.subarray(ROOT_BYTES)) {
      let target = this.#step(state, byte)
      if (target === 0) {
        target = this.#newState((this.#depth[state] ?? 0) + 1)
        parents[target] = state
        last[target] = ((last[state] ?? 0) << 8) | byte
        this.#put(state, byte, target)
      }
      state = target
    }
    this.#found[state] = form.length
  }

  /** Where to go on from each state when the next byte leads nowhere: shorter ones first. */
  *#link(parents: Int32Array, last: Int32Array): Generator<void, void, void> {
    for (const [at, state] of this.#byDepth().entries()) {
      if (at % LINKS_AT_ONCE === 0) yield
      const parent = parents[state] ?? 0
      if (parent === 0) continue
      const word = last[state] ?? 0
      const fail = this.next(this.#fail[parent] ?? 0, word & 255, word)
      this.#fail[state] = fail
      this.#found[state] ||= this.#found[fail] ?? 0
    }
  }

  /** All states in the order of their depths. */
  #byDepth(): Int32Array {
    const starts = new Int32Array(this.maxBytes + 2)
    for (let state = 1; state <= this.#states; state++) {
      const next = (this.#depth[state] ?? 0) + 1
      starts[next] = (starts[next] ?? 0) + 1
    }
    for (let depth = 1; depth < starts.length; depth++)
      starts[depth] = (starts[depth] ?? 0) + (starts[depth - 1] ?? 0)
    const states = new Int32Array(this.#states)
    for (let state = 1; state <= this.#states; state++) {
      const depth = this.#depth[state] ?? 0
      states[starts[depth] ?? 0] = state
      starts[depth] = (starts[depth] ?? 0) + 1
    }
    return states
  }

  #newState(depth: number): number {
    this.#states += 1
    this.#depth[this.#states] = depth
    return this.#states
  }

  #step(state: number, byte: number): number {
    const key = (state << 8) | byte
    for (let at = Math.imul(key, MIX) >>> 7; ; at++) {
      const found = this.#keys[at & this.#mask]
      if (found === key) return this.#targets[at & this.#mask] ?? 0
      if (found === 0) return 0
    }
  }

  #put(state: number, byte: number, target: number): void {
    const key = (state << 8) | byte
    let at = Math.imul(key, MIX) >>> 7
    while (this.#keys[at & this.#mask] !== 0) at++
    this.#keys[at & this.#mask] = key
    this.#targets[at & this.#mask] = target
  }
}

/** The first bytes as one number. */
function wordOf(bytes: Uint8Array, count: number): number {
  return bytes.subarray(0, count).reduce((word, byte) => (word << 8) | byte, 0)
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, least)))
}

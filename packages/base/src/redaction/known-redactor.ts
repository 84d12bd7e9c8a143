import { ByteQueue } from './byte-queue.ts'
import { type ByteRedactor, markOf, type RedactionCounter } from './byte-redactor.ts'
import { endOfSecret } from './end-of-secret.ts'
import type { FormAutomaton } from './form-automaton.ts'
import type { Found } from './lane.ts'
import { SecretScanner } from './secret-scanner.ts'

/** The rule by which known secrets are counted. */
export const KNOWN_RULE = 'known-secret'
const NOTHING = new Uint8Array()
const MARK = Buffer.from(markOf(KNOWN_RULE))

/** What a redactor looks for. */
export interface KnownForms {
  readonly forms: readonly Uint8Array[]
  readonly automaton: FormAutomaton
}

/** Takes known secrets out of one stream. */
export class KnownRedactor implements ByteRedactor {
  readonly #known: KnownForms
  readonly #counter: RedactionCounter
  readonly #scanner: SecretScanner
  readonly #held = new ByteQueue()
  /** Place of the first byte that has been neither shown nor taken out. */
  #next = 0
  /** Where the last thing that was taken out ended. */
  #markedTo = -1

  constructor(known: KnownForms, counter: RedactionCounter) {
    this.#known = known
    this.#counter = counter
    this.#scanner = new SecretScanner(known.automaton)
  }

  get isHesitating(): boolean {
    return this.#held.length > 0 && !this.#scanner.isSure
  }

  push(bytes: Uint8Array): Uint8Array {
    const found = this.#scanner.scan(bytes)
    const end = this.#next + this.#held.length + bytes.length
    const heldFrom = Math.min(end, this.#scanner.heldFrom)
    if (found.length === 0 && this.#held.length === 0 && heldFrom === end) {
      this.#next = end
      return bytes
    }
    this.#held.add(bytes)
    const shown = merged(found).flatMap((each) => this.#redact(each))
    if (heldFrom > this.#next) shown.push(...this.#take(heldFrom))
    return joined(shown)
  }

  release(): Uint8Array {
    return joined(this.#take(this.#next + this.#held.length))
  }

  cut(): Uint8Array {
    const isSure = this.#scanner.isSure
    const end = this.#next + this.#held.length
    const shown = isSure ? this.#redact({ start: this.#next, end }) : this.#take(end)
    this.#restart()
    return joined(shown)
  }

  resume(bytes: Uint8Array): Uint8Array {
    const rest = endOfSecret(this.#known.forms, bytes)
    const shown = [this.push(bytes.subarray(rest)).slice(), this.end()]
    if (rest === 0) return joined(shown)
    this.#counter.add(KNOWN_RULE)
    return joined([MARK, ...shown])
  }

  end(): Uint8Array {
    const rest = this.#held.length === 0 ? NOTHING : this.release()
    this.#restart()
    return rest
  }

  #restart(): void {
    this.#scanner.reset()
    this.#next = 0
    this.#markedTo = -1
  }

  /** Shows what comes before, and takes out what is not shown yet. */
  #redact({ start, end }: Found): Uint8Array[] {
    if (end <= this.#next) return []
    // The rest of a longer one, of which the beginning is gone already.
    const goesOn = start < this.#next && this.#markedTo === this.#next
    const shown = start > this.#next ? this.#take(start) : []
    this.#take(end)
    this.#markedTo = end
    if (goesOn) return shown
    this.#counter.add(KNOWN_RULE)
    return [...shown, MARK]
  }

  #take(to: number): Uint8Array[] {
    const taken = this.#held.take(to - this.#next)
    this.#next = to
    return taken
  }
}

/** In their order, and those that overlap as one. */
function merged(found: readonly Found[]): Found[] {
  const all: Found[] = []
  for (const { start, end } of [...found].sort((one, other) => one.start - other.start)) {
    const last = all.at(-1)
    if (last === undefined || start >= last.end) all.push({ start, end })
    else all[all.length - 1] = { start: last.start, end: Math.max(last.end, end) }
  }
  return all
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] ?? MARK) : Buffer.concat(pieces)
}

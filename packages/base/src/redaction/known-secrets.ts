import { Slices } from '../async/slices.ts'
import type { ByteRedactor, RedactionCounter } from './byte-redactor.ts'
import { FormAutomaton } from './form-automaton.ts'
import { type KnownForms, KnownRedactor } from './known-redactor.ts'
import { formsOf, MIN_FORM_BYTES } from './secret-forms.ts'
import { tightShadow } from './shadow.ts'

/** Characters of all secrets that are looked for at a time, together. */
export const MAX_SECRET_CHARS = 32_768

/** Why a value cannot be looked for, or null. A text of a few letters would be found everywhere. */
export function problemOfSecret(value: string): string | null {
  if (value.length > MAX_SECRET_CHARS) return `must have at most ${MAX_SECRET_CHARS} characters`
  if (tightShadow(value).length < MIN_FORM_BYTES) return `must have at least ${MIN_FORM_BYTES} characters`
  return null
}

/** The last list that several look for. */
let shared: WeakRef<KnownSecrets> | null = null

/** Secrets that are looked for in whatever form they are written. Their forms are made when they are needed first. */
export class KnownSecrets {
  readonly #listed: readonly string[]
  readonly #values: readonly string[]
  #known: KnownForms | null = null
  #preparing: Promise<void> | null = null

  /** @throws RangeError when they are too many to be looked for */
  constructor(values: readonly string[]) {
    this.#listed = values
    this.#values = [...new Set(values)].filter((value) => problemOfSecret(value) === null)
    const chars = this.#values.reduce((sum, { length }) => sum + length, 0)
    if (chars > MAX_SECRET_CHARS)
      throw new RangeError(
        `Cannot look for secrets of ${chars} characters: at most ${MAX_SECRET_CHARS} are allowed`,
      )
  }

  /** The same object for the same list, while somebody has it: the forms of a long one take part of a second to make. */
  static shared(values: readonly string[]): KnownSecrets {
    const before = shared?.deref()
    if (before !== undefined && isSame(before.#listed, values)) return before
    const known = new KnownSecrets(values)
    shared = new WeakRef(known)
    return known
  }

  get isEmpty(): boolean {
    return this.#values.length === 0
  }

  /** Is it time to `prepare`? Without that the first redactor makes all forms at once. */
  get isUnready(): boolean {
    return this.#known === null && !this.isEmpty
  }

  /** Makes the forms, in slices: of many secrets, or long ones, that takes a tenth of a second and more. */
  prepare(): Promise<void> {
    this.#preparing ??= this.#prepare()
    return this.#preparing
  }

  async #prepare(): Promise<void> {
    const steps = knownForms(this.#values)
    for (let slices = new Slices(), step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        this.#known ??= step.value
        return
      }
      if (slices.over) await slices.next()
    }
  }

  /** Takes them out of one stream. */
  redactor(counter: RedactionCounter): ByteRedactor {
    this.#known ??= toEnd(knownForms(this.#values))
    return new KnownRedactor(this.#known, counter)
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at])
}

function* knownForms(values: readonly string[]): Generator<void, KnownForms, void> {
  const forms: Uint8Array[] = []
  for (const value of values) forms.push(...(yield* formsOf(value)))
  return { forms, automaton: yield* FormAutomaton.steps(forms) }
}

function toEnd<Value>(steps: Generator<void, Value, void>): Value {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

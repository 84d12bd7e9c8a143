import type { ByteRedactor } from './byte-redactor.ts'

/** No secret that is looked for has fewer. */
const MIN_DIGITS = 6

/** Takes secrets out of whole texts, and out of values that hold texts. */
export class TextRedactor {
  readonly #redactor: ByteRedactor

  constructor(redactor: ByteRedactor) {
    this.#redactor = redactor
  }

  /** The same text where nothing was taken out. */
  text(text: string): string {
    const bytes = Buffer.from(text, 'utf8')
    const first = this.#redactor.push(bytes)
    const isWhole = first === bytes
    const rest = this.#redactor.end()
    if (isWhole) return text
    const shown = Buffer.concat([first, rest])
    return shown.equals(bytes) ? text : shown.toString('utf8')
  }

  /** Takes them out of each text in a value, names included, and of whole numbers; what holds none is left as it is. */
  value<Value>(value: Value): Value
  value(value: unknown): unknown {
    return this.#redacted(value)
  }

  #redacted(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) return this.#number(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#redacted(item))
      return items.some((item, at) => item !== value[at]) ? items : value
    }
    const entries = Object.entries(value)
    const shown = entries.map(([name, item]) => [this.text(name), this.#redacted(item)] as const)
    const isSame = shown.every(([name, item], at) => name === entries[at]?.[0] && item === entries[at]?.[1])
    return isSame ? value : Object.fromEntries(shown)
  }

  #number(value: unknown): unknown {
    const text = String(value)
    if (text.length < MIN_DIGITS) return value
    const shown = this.text(text)
    return shown === text ? value : shown
  }
}

import { type ByteRedactor, RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'

/** Bytes by which it is decided whether a file is text. */
const LOOKED_AT = 8192

/** One file on its way to the host: of a text the secrets are taken out, and all other bytes stay as they are. */
export class FileRedaction {
  readonly #total: RedactionCounter
  readonly #counter = new RedactionCounter()
  readonly #redactor: ByteRedactor
  #isText: boolean | null = null

  /** @param total counts what is taken out of the whole execution */
  constructor(newRedactor: (counter: RedactionCounter) => ByteRedactor, total: RedactionCounter) {
    this.#redactor = newRedactor(this.#counter)
    this.#total = total
  }

  /** What came of the file, when it has ended; undefined where nothing was found. */
  get secret(): 'taken-out' | 'left-in' | undefined {
    if (this.#counter.isEmpty) return undefined
    return this.#isText === true ? 'taken-out' : 'left-in'
  }

  /** Takes the next bytes and gives those that are kept. */
  take(bytes: Uint8Array): Uint8Array {
    this.#isText ??= isText(bytes.subarray(0, LOOKED_AT))
    const shown = this.#redactor.push(bytes)
    return this.#isText ? shown : bytes
  }

  /** The file has ended: gives the last bytes that are kept. */
  end(): Uint8Array {
    const rest = this.#redactor.end()
    if (this.#isText !== true) return new Uint8Array()
    this.#total.addAll(this.#counter)
    return rest
  }
}

/** Is it UTF-8 without the byte 0? Its end may cut a character in two. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

import { Transform, type TransformCallback } from 'node:stream'
import type { ByteRedactor } from 'agentchat-sandbox-base/redaction/byte-redactor'

/** How long bytes may be held that are hardly a secret, in milliseconds. */
const HOLD_MS = 10

/** A stream without its secrets. */
export class RedactingTransform extends Transform {
  readonly #redactor: ByteRedactor
  #timer: NodeJS.Timeout | undefined

  constructor(redactor: ByteRedactor) {
    super()
    this.#redactor = redactor
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    clearTimeout(this.#timer)
    const shown = Buffer.from(this.#redactor.push(chunk))
    if (this.#redactor.isHesitating)
      this.#timer = setTimeout(() => this.push(this.#redactor.release()), HOLD_MS)
    if (shown.length > 0) this.push(shown)
    done()
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.#timer)
    done(null, Buffer.from(this.#redactor.cut()))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer)
    done(error)
  }
}

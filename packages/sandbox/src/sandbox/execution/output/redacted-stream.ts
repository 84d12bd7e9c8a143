import type { ByteRedactor } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { SLACK_BYTES } from './output-collector.ts'

const NOTHING = new Uint8Array()

/** How a stream ends whose secrets are taken out. */
export interface RedactedEnd {
  /** What is still to be handed on. */
  readonly rest: Uint8Array
  /** What came last, after so many bytes that are missing; null for the number where the rest was lost. */
  readonly gap: { readonly tail: Uint8Array; readonly missing: number | null } | null
}

/**
 * Takes secrets out of one output stream before any of it is cut or handed on. It counts the bytes that the worker sends:
 * those up to the live limit are a stream, and what comes after them are its last ones.
 */
export class RedactedStream {
  readonly #redactor: ByteRedactor
  readonly #maxLiveBytes: number
  readonly #maxBytes: number
  #received = 0
  readonly #last: Uint8Array[] = []

  /** @param tailBytes which the runner sends of what is longer */
  constructor(redactor: ByteRedactor, limits: { readonly maxLiveBytes: number; readonly tailBytes: number }) {
    this.#redactor = redactor
    this.#maxLiveBytes = limits.maxLiveBytes
    this.#maxBytes = limits.maxLiveBytes + limits.tailBytes + SLACK_BYTES
  }

  /** So much came that it is not our runner that sends it. */
  get flooded(): boolean {
    return this.#received > this.#maxBytes
  }

  /** Is something held that is to be shown in a moment, by `release`? */
  get isHesitating(): boolean {
    return this.#redactor.isHesitating
  }

  /** Takes the next bytes and gives those that may be handed on, which may be a view of the same memory. */
  take(bytes: Uint8Array): Uint8Array {
    const live = bytes.subarray(0, Math.max(0, this.#maxLiveBytes - this.#received))
    this.#received += bytes.length
    if (live.length < bytes.length && !this.flooded) this.#last.push(bytes.slice(live.length))
    return live.length === 0 ? NOTHING : this.#redactor.push(live)
  }

  release(): Uint8Array {
    return this.#redactor.release()
  }

  /** @param dropped bytes that the runner left out before those that it sent last, or null when it was ended */
  end(dropped: number | null): RedactedEnd {
    const last = Buffer.concat(this.#last)
    if (dropped === null) {
      const isFull = this.#received >= this.#maxLiveBytes
      return { rest: this.#redactor.cut(), gap: isFull ? { tail: NOTHING, missing: null } : null }
    }
    if (dropped > 0) {
      const rest = this.#redactor.cut()
      return { rest, gap: { tail: this.#redactor.resume(last), missing: dropped } }
    }
    const more = Buffer.from(this.#redactor.push(last))
    return { rest: Buffer.concat([more, this.#redactor.end()]), gap: null }
  }
}

import type { ByteRedactor } from './byte-redactor.ts'

/** Two redactors, one after the other. */
export class RedactorChain implements ByteRedactor {
  readonly #first: ByteRedactor
  readonly #second: ByteRedactor

  constructor(first: ByteRedactor, second: ByteRedactor) {
    this.#first = first
    this.#second = second
  }

  get isHesitating(): boolean {
    return this.#first.isHesitating || this.#second.isHesitating
  }

  push(bytes: Uint8Array): Uint8Array {
    return this.#second.push(this.#first.push(bytes))
  }

  release(): Uint8Array {
    const first = this.#first.isHesitating ? this.#second.push(this.#first.release()) : NOTHING
    return Buffer.concat([first, this.#second.release()])
  }

  cut(): Uint8Array {
    return Buffer.concat([this.#second.push(this.#first.cut()), this.#second.cut()])
  }

  resume(bytes: Uint8Array): Uint8Array {
    return this.#second.resume(this.#first.resume(bytes))
  }

  end(): Uint8Array {
    return Buffer.concat([this.#second.push(this.#first.end()), this.#second.end()])
  }
}

const NOTHING = new Uint8Array()

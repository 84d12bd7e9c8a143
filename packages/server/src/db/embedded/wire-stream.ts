import { Duplex } from 'node:stream'

/** The other end of a connection. */
export interface Wire {
  send(message: Uint8Array<ArrayBuffer>): void
}

/** To the first message of a connection, which says who connects: "welcome", and "ready for query". */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])
/** The last message of a connection. */
const TERMINATE = 0x58

/**
 * What `pg` takes for the socket of a connection, and leads to where there is one session that nobody signs in to. What is
 * written at once arrives at once.
 */
export class WireStream extends Duplex {
  readonly #open: (stream: WireStream) => Promise<Wire>
  #wire: Wire | null = null
  #isWelcome = false

  constructor(open: (stream: WireStream) => Promise<Wire>) {
    super()
    this.#open = open
  }

  connect(): this {
    this.#open(this).then(
      (wire) => {
        this.#wire = wire
        this.emit('connect')
      },
      (error: Error) => this.destroy(error),
    )
    return this
  }

  /** What was answered. */
  receive(bytes: Uint8Array): void {
    this.push(bytes)
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    if (!this.#isWelcome) {
      this.#isWelcome = true
      this.push(WELCOME)
    } else if (chunk[0] !== TERMINATE) {
      // A copy: what is sent is taken away, and the chunk may be a part of something.
      this.#wire?.send(new Uint8Array(chunk))
    }
    done()
  }

  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done)
  }

  override _final(done: () => void): void {
    this.push(null)
    done()
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

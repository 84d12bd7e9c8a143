import { isTerminal } from 'agentchat-sandbox-base/command/terminal'

/** Our own output cannot be written, as on a full disk. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code = 'output-failed'
  constructor(options: { cause: Error }) {
    super(`Cannot write the output: ${options.cause.message}`, options)
  }
}

/** One of our standard streams, written at the pace of its reader. */
export class OutputPipe {
  readonly #stream: NodeJS.WriteStream
  #broken = false
  #inLine = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Has the reader gone? What is written from then on is dropped. */
  get broken(): boolean {
    return this.#broken
  }

  /** Is the last line that was written still open? */
  get inLine(): boolean {
    return this.#inLine
  }

  get isTerminal(): boolean {
    return isTerminal(this.#stream)
  }

  /**
   * Resolves when the text is on its way, so that what goes to another stream afterwards also comes out afterwards.
   * @throws OutputError when the stream fails; a reader that has gone is no failure
   */
  async write(text: string): Promise<void> {
    if (this.#broken || text === '') return
    const error = await new Promise<Error | null | undefined>((resolve) => this.#stream.write(text, resolve))
    if (error instanceof Error) {
      if (!('code' in error) || !GONE.has(String(error.code))) throw new OutputError({ cause: error })
      this.#broken = true
    }
    this.#inLine = !text.endsWith('\n')
  }
}

const GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

import { createWriteStream, type WriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Deferred, deferred } from '../../async/deferred.ts'
import { KeptOutput } from './kept-output.ts'

/** Bytes that may wait for the disk before Python has to wait. */
const MAX_WAITING_BYTES = 2 ** 20

/** How one output stream is kept whole. */
export interface OutputWriterPlan {
  /** `stdout` or `stderr`, for errors. */
  readonly name: string
  /** What came first, as far as somebody holds it in memory: only of more there is a file. */
  readonly head: () => Buffer
  /** Bytes that are kept at most. */
  readonly maxBytes: number
  /** Gives the path of a new file. */
  readonly newPath: () => string
}

interface OutputFile {
  readonly path: string
  readonly stream: WriteStream
  /** Bytes that it begins with, which had come before it was made. */
  readonly headBytes: number
}

/** Keeps one output stream whole: in a file on the host, once it is longer than what is in memory anyway. */
export class OutputWriter {
  readonly #plan: OutputWriterPlan
  #size = 0
  #truncated = false
  #file: OutputFile | null = null
  /** Why the file could not be written. */
  #failure: Error | null = null
  #drained: Deferred<void> | null = null

  constructor(plan: OutputWriterPlan) {
    this.#plan = plan
  }

  /** Takes the next bytes, which the head may hold. A promise is given when whoever writes them should wait for it. */
  add(bytes: Uint8Array): Promise<void> | null {
    const piece = bytes.subarray(0, this.#plan.maxBytes - this.#size)
    this.#truncated ||= piece.length < bytes.length
    const before = this.#size
    this.#size += piece.length
    if (this.#file === null && this.#size <= this.#plan.head().length) return null
    const { stream, headBytes } = this.#file ?? this.#open()
    if (this.#failure !== null) return null
    // Copied: the bytes may be a view of what the next frame overwrites.
    stream.write(Buffer.from(piece.subarray(Math.max(0, headBytes - before))))
    if (stream.writableLength < MAX_WAITING_BYTES) return null
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** Nothing more will come; `isCut`: although more was written. What could not be written says so when it is read. */
  async finish(isCut: boolean): Promise<KeptOutput> {
    const { name, head } = this.#plan
    const facts = { size: this.#size, truncated: this.#truncated || isCut }
    if (this.#file === null) return new KeptOutput(name, facts, { memory: Buffer.from(head()) })
    const { path, stream } = this.#file
    await new Promise<void>((resolve) => {
      stream.once('close', resolve)
      if (stream.closed) resolve()
      else stream.end()
    })
    if (this.#failure === null) return new KeptOutput(name, facts, { at: path })
    await rm(path, { force: true }).catch(() => {})
    return new KeptOutput(name, facts, { missing: `it could not be kept: ${this.#failure.message}` })
  }

  #open(): OutputFile {
    const path = this.#plan.newPath()
    const stream = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: MAX_WAITING_BYTES })
    const release = () => {
      this.#drained?.resolve()
      this.#drained = null
    }
    stream.on('drain', release)
    stream.on('error', (error) => {
      this.#failure = error
      release()
    })
    const head = Buffer.from(this.#plan.head())
    stream.write(head)
    this.#file = { path, stream, headBytes: head.length }
    return this.#file
  }
}

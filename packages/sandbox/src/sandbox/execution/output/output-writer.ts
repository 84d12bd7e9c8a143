import { type FileHandle, open, rm } from 'node:fs/promises'
import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { KeptOutput } from './kept-output.ts'

/** Bytes that are worth a call to the system. */
const BLOCK_BYTES = 2 ** 17
/** Bytes that may wait for the disk before Python has to wait. */
const MAX_WAITING_BYTES = 2 ** 18

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

/** Keeps one output stream whole: in a file on the host, once it is longer than what is in memory anyway. */
export class OutputWriter {
  readonly #plan: OutputWriterPlan
  #size = 0
  #truncated = false
  #path: string | null = null
  /** Bytes that the file begins with, which had come before it was made. */
  #headBytes = 0
  /** Two buffers that take turns, so that output leaves no garbage: one is filled while the other is written. */
  #filling = Buffer.alloc(0)
  #filled = 0
  #other = Buffer.alloc(0)
  #writing: Promise<void> | null = null
  #file: Promise<FileHandle> | null = null
  /** Why the file could not be written. */
  #failure: Error | null = null
  #drained: Deferred<void> | null = null

  constructor(plan: OutputWriterPlan) {
    this.#plan = plan
  }

  /** Takes the next bytes, which the head may hold. Returns a promise when the writer should wait (backpressure). */
  add(bytes: Uint8Array): Promise<void> | null {
    const piece = bytes.subarray(0, this.#plan.maxBytes - this.#size)
    this.#truncated ||= piece.length < bytes.length
    const before = this.#size
    this.#size += piece.length
    if (this.#path === null && this.#size <= this.#plan.head().length) return null
    if (this.#path === null) this.#open()
    if (this.#failure !== null) return null
    this.#fill(piece.subarray(Math.max(0, this.#headBytes - before)))
    if (this.#writing === null && this.#filled >= BLOCK_BYTES) this.#flush()
    if (this.#filled < MAX_WAITING_BYTES) return null
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** Nothing more will come; `isCut`: although more was written. What could not be written says so when it is read. */
  async finish(isCut: boolean): Promise<KeptOutput> {
    const { name, head } = this.#plan
    const facts = { size: this.#size, truncated: this.#truncated || isCut }
    if (this.#path === null) return new KeptOutput(name, facts, { memory: Buffer.from(head()) })
    while (this.#writing !== null || (this.#filled > 0 && this.#failure === null)) {
      if (this.#writing === null) this.#flush()
      await this.#writing
    }
    await this.#file?.then((file) => file.close()).catch(() => {})
    if (this.#failure === null) return new KeptOutput(name, facts, { at: this.#path })
    await rm(this.#path, { force: true }).catch(() => {})
    return new KeptOutput(name, facts, { missing: `it could not be kept: ${this.#failure.message}` })
  }

  #open(): void {
    this.#path = this.#plan.newPath()
    this.#file = open(this.#path, 'wx', 0o600)
    const head = this.#plan.head()
    this.#headBytes = head.length
    this.#filling = Buffer.allocUnsafe(2 * MAX_WAITING_BYTES)
    this.#other = Buffer.allocUnsafe(2 * MAX_WAITING_BYTES)
    this.#fill(head)
  }

  /** Copies: the bytes may be a view of what the next frame overwrites. */
  #fill(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > this.#filling.length) {
      const larger = Buffer.allocUnsafe(2 * (this.#filled + bytes.length))
      this.#filling.copy(larger, 0, 0, this.#filled)
      this.#filling = larger
    }
    this.#filling.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  #flush(): void {
    const [bytes, free] = [this.#filling.subarray(0, this.#filled), this.#other]
    this.#other = this.#filling
    this.#filling = free
    this.#filled = 0
    this.#writing = this.#write(bytes).then(() => {
      this.#writing = null
      if (this.#filled >= BLOCK_BYTES && this.#failure === null) this.#flush()
      if (this.#filled >= MAX_WAITING_BYTES && this.#failure === null) return
      this.#drained?.resolve()
      this.#drained = null
    })
  }

  async #write(bytes: Buffer): Promise<void> {
    try {
      const file = await this.#file
      for (let at = 0; at < bytes.length; ) at += (await file?.write(bytes, at))?.bytesWritten ?? bytes.length
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
  }
}

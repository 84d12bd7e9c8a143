import type { ByteRedactor } from 'agentchat-sandbox-base/redaction/byte-redactor'
import type { WholeStream } from '../../result/result.ts'
import type { FileKeeper } from '../file-keeper.ts'
import type { ExecutionLimits } from '../request.ts'
import { OutputCollector } from './output-collector.ts'
import { OutputWriter } from './output-writer.ts'
import { RedactedStream } from './redacted-stream.ts'

/** How long output may be held that is hardly a secret, in milliseconds. */
const HOLD_MS = 10

/** What one output stream is in. */
export interface OutputPlan {
  readonly name: 'stdout' | 'stderr'
  readonly limits: ExecutionLimits
  /** Has room for the whole. */
  readonly keeper: FileKeeper
  /** Takes secrets out; null where none are looked for. */
  readonly redactor: ByteRedactor | null
  /** Told of text that was held for a moment. */
  readonly onLate: (text: string) => void
}

/** One output stream of a run: without its secrets handed on, kept for the result, and kept whole where that is wanted. */
export class OutputStream {
  readonly kept: OutputCollector
  readonly #whole: OutputWriter | null
  readonly #redacted: RedactedStream | null
  readonly #onLate: (text: string) => void
  #timer: NodeJS.Timeout | undefined

  constructor({ name, limits, keeper, redactor, onLate }: OutputPlan) {
    const { maxOutputBytes: maxBytes, maxLiveBytes, keepFullOutput } = limits
    const tailBytes = Math.floor(maxBytes / 2)
    this.#redacted = redactor && new RedactedStream(redactor, { maxLiveBytes, tailBytes })
    // What was taken out has another length: where the stream is cut is then known to the other one alone.
    this.kept = new OutputCollector({
      maxBytes,
      maxLiveBytes: redactor === null ? maxLiveBytes : Number.POSITIVE_INFINITY,
    })
    this.#whole = keepFullOutput
      ? new OutputWriter({
          name,
          head: () => this.kept.head,
          maxBytes: maxLiveBytes,
          newPath: () => keeper.newPath(),
        })
      : null
    this.#onLate = onLate
  }

  get flooded(): boolean {
    return this.#redacted?.flooded ?? this.kept.flooded
  }

  /** Takes bytes and gives the text to hand on. `wait` is for their writer, where the disk is slower. */
  take(bytes: Uint8Array): { readonly text: string; readonly wait: Promise<void> | null } {
    if (this.#redacted === null) return this.#keep(bytes)
    const taken = this.#keep(this.#redacted.take(bytes))
    if (this.#redacted.isHesitating) this.#timer ??= setTimeout(() => this.#release(), HOLD_MS)
    return taken
  }

  /** The stream has ended: gives the text that has not been handed on. `dropped` is null when Python was ended. */
  finish(dropped: number | null): string {
    clearTimeout(this.#timer)
    if (this.#redacted === null) return this.kept.finish(dropped)
    const { rest, gap } = this.#redacted.end(dropped)
    const { text } = this.#keep(rest)
    const end = gap === null ? this.kept.finish(dropped) : this.kept.finishAfterGap(gap.tail, gap.missing)
    return `${text}${end}`
  }

  /** All of it, when it has ended; null where nobody asked for it. */
  async whole(): Promise<WholeStream | null> {
    return (await this.#whole?.finish(this.kept.liveTruncated)) ?? null
  }

  #release(): void {
    this.#timer = undefined
    if (this.#redacted?.isHesitating !== true) return
    const { text } = this.#keep(this.#redacted.release())
    if (text !== '') this.#onLate(text)
  }

  #keep(bytes: Uint8Array): { readonly text: string; readonly wait: Promise<void> | null } {
    if (bytes.length === 0) return { text: '', wait: null }
    const text = this.kept.add(bytes)
    return { text, wait: this.#whole?.add(bytes) ?? null }
  }
}

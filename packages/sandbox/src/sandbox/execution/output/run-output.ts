import type { DisplayMessage, EndMessage } from '../../../protocol/runner-messages.ts'
import type { Display, FullOutput } from '../../result/result.ts'
import type { FileKeeper } from '../file-keeper.ts'
import type { ExecutionLimits } from '../request.ts'
import { OutputCollector } from './output-collector.ts'
import { OutputWriter } from './output-writer.ts'

type StreamName = 'stdout' | 'stderr'

/** A piece of text of one stream. */
export interface OutputText {
  readonly type: StreamName
  readonly text: string
}

/** Both output streams of a run: what is handed on, what the result holds, and the whole where it is wanted. */
export class RunOutput {
  readonly stdout: OutputCollector
  readonly stderr: OutputCollector
  readonly #whole: Readonly<Record<StreamName, OutputWriter>> | null

  /** @param keeper has room for the whole */
  constructor(
    { maxOutputBytes: maxBytes, maxLiveBytes, keepFullOutput }: ExecutionLimits,
    keeper: FileKeeper,
  ) {
    this.stdout = new OutputCollector({ maxBytes, maxLiveBytes })
    this.stderr = new OutputCollector({ maxBytes, maxLiveBytes })
    const writer = (name: StreamName) =>
      new OutputWriter({
        name,
        head: () => this[name].head,
        maxBytes: maxLiveBytes,
        newPath: () => keeper.newPath(),
      })
    this.#whole = keepFullOutput ? { stdout: writer('stdout'), stderr: writer('stderr') } : null
  }

  get flooded(): boolean {
    return this.stdout.flooded || this.stderr.flooded
  }

  /** Takes bytes. `wait` is for their writer, where the disk is slower. */
  take(type: StreamName, bytes: Uint8Array): { readonly text: string; readonly wait: Promise<void> | null } {
    const text = this[type].add(bytes)
    return { text, wait: this.#whole?.[type].add(bytes) ?? null }
  }

  /** The streams have ended: gives what has not been handed on. `end` is null when Python was ended. */
  finish(end: EndMessage | null): OutputText[] {
    const rest: OutputText[] = [
      { type: 'stdout', text: this.stdout.finish(end?.stdoutDropped ?? null) },
      { type: 'stderr', text: this.stderr.finish(end?.stderrDropped ?? null) },
    ]
    return rest.filter(({ text }) => text !== '')
  }

  /** All of it, when the streams have ended; null where nobody asked for it. */
  async whole(): Promise<FullOutput | null> {
    if (this.#whole === null) return null
    const [stdout, stderr] = await Promise.all([
      this.#whole.stdout.finish(this.stdout.liveTruncated),
      this.#whole.stderr.finish(this.stderr.liveTruncated),
    ])
    return { stdout, stderr }
  }
}

/** What our runner keeps to, with some room; a worker that shows more is not our runner. */
const MAX_DISPLAYS = 1100
const MAX_BYTES = 160 * 2 ** 20

/** The rich results of a run, in their order. */
export class DisplayCollector {
  readonly displays: Display[] = []
  #bytes = 0
  /** How many came and were not kept. */
  dropped = 0

  /** More came than our runner sends. */
  get flooded(): boolean {
    return this.displays.length >= MAX_DISPLAYS || this.#bytes > MAX_BYTES
  }

  /** Takes one of them; `bytes` is the size of its message. */
  add({ mime, data, metadata }: DisplayMessage, bytes: number): Display {
    this.#bytes += bytes
    const display = { mime, data, metadata }
    if (this.flooded) this.dropped += 1
    else this.displays.push(display)
    return display
  }
}

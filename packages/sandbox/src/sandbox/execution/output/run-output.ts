import type { DisplayMessage, EndMessage } from '../../../protocol/runner-messages.ts'
import type { Display, FullOutput } from '../../result/result.ts'
import type { OutputCollector } from './output-collector.ts'
import { type OutputPlan, OutputStream } from './output-stream.ts'

type StreamName = 'stdout' | 'stderr'

/** A piece of text of one stream. */
export interface OutputText {
  readonly type: StreamName
  readonly text: string
}

/** What both output streams are in. */
export interface RunOutputPlan extends Pick<OutputPlan, 'limits' | 'keeper'> {
  /** Makes what takes secrets out of one stream; null where none are looked for. */
  readonly newRedactor: () => OutputPlan['redactor']
  /** Told of text that was held for a moment. */
  readonly onLate: (text: OutputText) => void
}

/** Both output streams of a run: what is handed on, what the result holds, and the whole where it is wanted. */
export class RunOutput {
  readonly #streams: Readonly<Record<StreamName, OutputStream>>

  constructor({ newRedactor, onLate, ...plan }: RunOutputPlan) {
    const stream = (name: StreamName) =>
      new OutputStream({
        ...plan,
        name,
        redactor: newRedactor(),
        onLate: (text) => onLate({ type: name, text }),
      })
    this.#streams = { stdout: stream('stdout'), stderr: stream('stderr') }
  }

  get stdout(): OutputCollector {
    return this.#streams.stdout.kept
  }

  get stderr(): OutputCollector {
    return this.#streams.stderr.kept
  }

  get flooded(): boolean {
    return this.#streams.stdout.flooded || this.#streams.stderr.flooded
  }

  /** Takes bytes. `wait` is for their writer, where the disk is slower. */
  take(type: StreamName, bytes: Uint8Array): { readonly text: string; readonly wait: Promise<void> | null } {
    return this.#streams[type].take(bytes)
  }

  /** The streams have ended: gives what has not been handed on. `end` is null when Python was ended. */
  finish(end: EndMessage | null): OutputText[] {
    const rest: OutputText[] = [
      { type: 'stdout', text: this.#streams.stdout.finish(end?.stdoutDropped ?? null) },
      { type: 'stderr', text: this.#streams.stderr.finish(end?.stderrDropped ?? null) },
    ]
    return rest.filter(({ text }) => text !== '')
  }

  /** All of it, when the streams have ended; null where nobody asked for it. */
  async whole(): Promise<FullOutput | null> {
    const [stdout, stderr] = await Promise.all([this.#streams.stdout.whole(), this.#streams.stderr.whole()])
    return stdout === null || stderr === null ? null : { stdout, stderr }
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

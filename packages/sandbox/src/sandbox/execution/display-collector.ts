import type { DisplayMessage } from '../../protocol/runner-messages.ts'
import type { Display } from '../result/result.ts'

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

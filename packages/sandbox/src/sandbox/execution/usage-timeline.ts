import type { UsageSample } from '../result/result.ts'

/** As many samples are kept of one run. */
export const MAX_SAMPLES = 60

/** What a run took while it ran, at even distances: of a long run every second sample, every fourth and so on. */
export class UsageTimeline {
  #samples: UsageSample[] = []
  #stride = 1
  #seen = 0

  add(sample: UsageSample): void {
    if (this.#seen % this.#stride === 0) this.#samples.push(sample)
    this.#seen += 1
    if (this.#samples.length < MAX_SAMPLES) return
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
  }

  get samples(): readonly UsageSample[] {
    return this.#samples
  }
}

/** Looks at a run four times a second, until it is stopped. */
export class UsageTicks {
  /** How often, in milliseconds. */
  static readonly INTERVAL_MS = 250
  readonly #timeline = new UsageTimeline()
  readonly #timer: NodeJS.Timeout

  /** `look` says what the run takes now, or null while it has not begun; `tell` is given that each time. */
  constructor(look: () => UsageSample | null, tell: (sample: UsageSample) => void) {
    this.#timer = setInterval(() => {
      const sample = look()
      if (sample === null) return
      this.#timeline.add(sample)
      tell(sample)
    }, UsageTicks.INTERVAL_MS)
  }

  get timeline(): readonly UsageSample[] {
    return this.#timeline.samples
  }

  /** Again does nothing. */
  stop(): void {
    clearInterval(this.#timer)
  }
}

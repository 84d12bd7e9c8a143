import { type ThreadTimes, threadTimes } from './thread-times.ts'

/**
 * What the work that is measured takes on a processor of 3 GHz that nobody else is at. It parses and makes objects, as a
 * service does: plain arithmetic does not feel who else is at the caches and at the other half of the core.
 */
const WORK_MS = 3.6
const WORK_REPEATS = 5
const WORK = JSON.stringify(
  Array.from({ length: 400 }, (_, n) => ({
    ...{ id: n, name: `name ${n}`, in: 'query', tags: ['a', 'b', `${n}`] },
    deep: { x: n / 3, y: null },
  })),
)
/** How often the work is measured while something goes on. */
const SAMPLE_MS = 200

/** How much slower than a processor of 3 GHz that nobody else is at this one is, from one moment on. */
export class Slowness {
  readonly #times: () => ThreadTimes
  #atStart = 1
  #samples: number[] = []
  #sampledMs = 0

  constructor(times: () => ThreadTimes = threadTimes()) {
    this.#times = times
    // Code that has not run yet is slower than the machine.
    for (let warming = 0; warming < 10; warming += 1) this.#workMs()
    this.reset()
  }

  /** From now on. */
  reset(): void {
    this.#atStart = this.#now()
    this.#samples = []
    this.#sampledMs = performance.now()
  }

  /** To be called often. Takes some milliseconds now and then. */
  look(): void {
    if (performance.now() - this.#sampledMs < SAMPLE_MS) return
    this.#samples.push(this.#workMs() / WORK_MS)
    this.#sampledMs = performance.now()
  }

  /** At least 1. */
  seen(): number {
    this.#atStart = Math.max(this.#atStart, this.#now())
    return Math.max(this.#atStart, median(this.#samples))
  }

  /** The best of some tries: each may be disturbed. */
  #now(): number {
    let bestMs = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 3; tries += 1) bestMs = Math.min(bestMs, this.#workMs())
    return Math.max(1, bestMs / WORK_MS)
  }

  #workMs(): number {
    const before = this.#times().usedMs
    let chars = 0
    for (let repeat = 0; repeat < WORK_REPEATS; repeat += 1) {
      const named = new Map<string, object>()
      for (const each of JSON.parse(WORK)) named.set(each.name, { ...each })
      chars += JSON.stringify([...named.values()]).length
    }
    // What is not used is not computed.
    return this.#times().usedMs - before + (chars === 0 ? 1 : 0)
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1
}

import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { threadsBelow } from './process-stats.ts'

/** How workers share the cores with the host and with each other; the words of `pool.priority`. */
export type Priority = 'equal' | 'falling' | 'low'

/** How far a worker stands back: nice(1) of its threads among those of the host, and of its session among the others. */
export interface Step {
  readonly nice: number
  readonly groupNice: number
}

/**
 * Where there are fewer cores than want one, the host comes first: it measures the limits of the worker, and serves
 * others. Workers among each other are equal, until one has computed for so many milliseconds.
 */
const STEPS = [
  { fromCpuMs: 0, nice: 5, groupNice: 0 },
  { fromCpuMs: 500, nice: 10, groupNice: 5 },
  { fromCpuMs: 2000, nice: 15, groupNice: 10 },
] as const

/** Where a worker stands whose run has taken so much CPU time. */
export function stepOf(priority: Priority, cpuMs: number): Step {
  const [first, second] = STEPS
  if (priority === 'equal') return first
  const reached = STEPS.findLast(({ fromCpuMs }) => cpuMs >= fromCpuMs) ?? first
  return priority === 'low' && reached === first ? second : reached
}

const AGAIN_MS = 30
const RETRY_MS = 120
const MAX_RETRIES = 20

/** Where the processes of one worker stand among all that want a core. */
export class Standing {
  readonly #group: number
  readonly #priority: Priority
  #step: Step | null = null
  /** Of the session, as it was last set: a new one stands with all others. */
  #groupNice = 0

  /** `group` is the process that leads the session of the worker; 0 where none could be started. */
  constructor(group: number, priority: Priority) {
    this.#group = group
    this.#priority = priority
    this.after(0)
    // What it started before it was told, as it came up.
    setTimeout(() => this.again(), AGAIN_MS).unref()
  }

  /** Its run has taken so much CPU time. At 0 it comes back as far as the system lets it. */
  after(cpuMs: number): void {
    const step = stepOf(this.#priority, cpuMs)
    if (this.#group === 0 || step === this.#step) return
    this.#step = step
    this.#setThreads(step)
    this.#setGroup(step, MAX_RETRIES)
  }

  /** It has started: what it had started before it was told stands back as well. */
  again(): void {
    if (this.#step !== null) this.#setThreads(this.#step)
  }

  #setThreads({ nice }: Step): void {
    for (const thread of threadsBelow(this.#group)) {
      try {
        setPriority(thread, nice)
      } catch {
        // It is gone already, or may not come back: only root lifts a thread again.
      }
    }
  }

  /**
   * A worker is a session of its own, and Linux gives each session an equal share of the cores (`autogroup` in sched(7)):
   * nice of threads then counts within it alone. The kernel takes ten changes a second from who is not root.
   */
  #setGroup(step: Step, retries: number): void {
    if (process.platform !== 'linux' || step !== this.#step || step.groupNice === this.#groupNice) return
    try {
      writeFileSync(`/proc/${this.#group}/autogroup`, String(step.groupNice), { flag: 'r+' })
      this.#groupNice = step.groupNice
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'EAGAIN'
      if (isBusy && retries > 0) setTimeout(() => this.#setGroup(step, retries - 1), RETRY_MS).unref()
    }
  }
}

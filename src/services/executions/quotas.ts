import { QuotaExceededError } from '../errors.ts'
import type { Policy } from '../policy.ts'

const MINUTE_MS = 60_000

interface Usage {
  running: number
  /** When the executions of the last minute began. */
  starts: number[]
  day: number
  /** CPU time of that day, in milliseconds; null until it was looked up. */
  cpuMs: number | null
}

/** Counts what each user uses up in this service. */
export class Quotas {
  readonly #limits: Policy['quotas']
  readonly #cpuMsSince: (userId: string, since: Date) => Promise<number>
  readonly #now: () => number
  readonly #usage = new Map<string, Usage>()

  constructor(
    limits: Policy['quotas'],
    cpuMsSince: (userId: string, since: Date) => Promise<number>,
    now: () => number = Date.now,
  ) {
    this.#limits = limits
    this.#cpuMsSince = cpuMsSince
    this.#now = now
  }

  /**
   * Lets one execution of a user in; `end` it when it is over.
   * @throws QuotaExceededError
   */
  async admit(userId: string): Promise<{ end(cpuMs: number): void }> {
    const usage = this.#of(userId)
    const since = new Date(this.#now())
    since.setUTCHours(0, 0, 0, 0)
    const cpuMs = usage.cpuMs ?? (await this.#cpuMsSince(userId, since))
    usage.cpuMs ??= cpuMs
    const now = this.#now()
    this.#check(usage, now)
    usage.running += 1
    usage.starts.push(now)
    let ended = false
    return {
      end: (cpuMs) => {
        if (ended) return
        ended = true
        usage.running -= 1
        usage.cpuMs = (usage.cpuMs ?? 0) + cpuMs
      },
    }
  }

  #check(usage: Usage, now: number): void {
    const { concurrent, perMinute, cpuSecondsPerDay } = this.#limits
    if (usage.running >= concurrent) throw new QuotaExceededError('concurrent-executions', concurrent, 1)
    usage.starts = usage.starts.filter((start) => start > now - MINUTE_MS)
    const [oldest = now] = usage.starts
    if (usage.starts.length >= perMinute) {
      const wait = Math.max(1, Math.ceil((oldest + MINUTE_MS - now) / 1000))
      throw new QuotaExceededError('executions-per-minute', perMinute, wait)
    }
    if ((usage.cpuMs ?? 0) >= cpuSecondsPerDay * 1000) {
      const midnight = new Date(now).setUTCHours(24, 0, 0, 0)
      throw new QuotaExceededError(
        'cpu-seconds-per-day',
        cpuSecondsPerDay,
        Math.ceil((midnight - now) / 1000),
      )
    }
  }

  #of(userId: string): Usage {
    const day = Math.floor(this.#now() / (1440 * MINUTE_MS))
    const known = this.#usage.get(userId)
    if (known !== undefined) {
      if (known.day !== day) Object.assign(known, { day, cpuMs: 0 })
      return known
    }
    this.#forgetIdle()
    const usage: Usage = { running: 0, starts: [], day, cpuMs: null }
    this.#usage.set(userId, usage)
    return usage
  }

  /** So that what is held does not grow with every user who ever came. */
  #forgetIdle(): void {
    if (this.#usage.size < 10_000) return
    const now = this.#now()
    for (const [userId, { running, starts }] of this.#usage) {
      if (running === 0 && (starts.at(-1) ?? 0) < now - MINUTE_MS) this.#usage.delete(userId)
    }
  }
}

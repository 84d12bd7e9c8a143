import type { Database } from '../../db/index.ts'
import { ALL, addRunSums, type RunSumRow } from '../../db/queries/run-sums.ts'
import { type Logger, loggable } from '../../logger.ts'

export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
const WRITE_EVERY_MS = 1000
/** So many rows are written at once: more are not collected. */
const MAX_ROWS = 1000
/** From one millisecond to a thousand seconds; what is beyond counts as the last. */
const STEPS = 61
const STEPS_A_DECADE = 10

/** An execution that is over. */
export interface EndedExecution {
  readonly userId: string
  readonly toolId: string | null
  readonly status: RunSumRow['status']
  readonly cpuMs: number
  readonly denials: number
  /** How long its code ran; null where it never did. */
  readonly wallMs: number | null
}

/** Adds up executions that are over, all of a second in one write, when they are answered. */
export class RunSums {
  readonly #db: Database
  readonly #logger: Logger
  #rows = new Map<string, RunSumRow>()
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(db: Database, logger: Logger) {
    this.#db = db
    this.#logger = logger
  }

  /** It is over now. */
  note(ended: EndedExecution, now = Date.now()): void {
    const { userId, toolId } = ended
    for (const user of [ALL, userId])
      for (const tool of toolId === null ? [ALL] : [ALL, toolId]) this.#add(user, tool, ended, now)
    if (this.#rows.size >= MAX_ROWS) void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  /** Resolves when all that was noted is written. What cannot be written is lost, and logged: never rejects. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const rows = [...this.#rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
    this.#rows = new Map()
    // One after the other: of two writes of a service the same rows wait for each other.
    this.#writing = this.#writing.then(async () => {
      try {
        if (rows.length > 0) await addRunSums(this.#db, rows)
      } catch (error) {
        this.#logger.warn({ error: loggable(error) }, 'run-sums.write-failed')
      }
    })
    await this.#writing
  }

  #add(userId: string, toolId: string, { status, cpuMs, denials, wallMs }: EndedExecution, now: number) {
    const hour = Math.floor(now / HOUR_MS) * HOUR_MS
    const key = [userId, hour, toolId, status].join(' ')
    const sum = this.#rows.get(key) ?? {
      ...{ hour: new Date(hour), userId, toolId, status, runs: 0, cpuMs: 0, denials: 0 },
      ...{ durations: [], minutes: [] },
    }
    const isWhole = toolId === ALL
    this.#rows.set(key, {
      ...sum,
      ...{ runs: sum.runs + 1, cpuMs: sum.cpuMs + Math.round(cpuMs), denials: sum.denials + denials },
      durations: isWhole && wallMs !== null ? counted(sum.durations, stepOf(wallMs)) : sum.durations,
      minutes: isWhole ? counted(sum.minutes, Math.floor((now - hour) / MINUTE_MS)) : sum.minutes,
    })
  }
}

function counted(counts: readonly number[], at: number): number[] {
  return Array.from(
    { length: Math.max(counts.length, at + 1) },
    (_, n) => (counts[n] ?? 0) + (n === at ? 1 : 0),
  )
}

function stepOf(ms: number): number {
  return Math.min(STEPS - 1, Math.max(0, Math.floor(Math.log10(Math.max(ms, 1)) * STEPS_A_DECADE)))
}

/** How long so many of them took at most, in milliseconds, by the steps in which they are counted: within 13 %. */
export function durationOf(counts: readonly number[], part: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0)
  let left = Math.max(1, Math.ceil(part * all))
  for (const [step, count] of counts.entries()) {
    left -= count
    if (all > 0 && left <= 0) return 10 ** ((step + 0.5) / STEPS_A_DECADE)
  }
  return null
}

import { QuotaExceededError, type QuotaName } from '../errors.ts'
import type { QuotaLimits } from '../policy.ts'

/** The identifier of the holder that is everybody together. */
export const SERVICE = 'all'
const MINUTE_MS = 60_000
const DAY_MS = 1440 * MINUTE_MS

/** Who uses something up: a user, one key of a user, or all of them together. */
export interface QuotaHolder {
  readonly kind: 'user' | 'api-key' | 'service'
  readonly id: string
  readonly limits: QuotaLimits
}

/** What was used up before this service counted. */
export interface PastUse {
  cpuMsSince(holder: QuotaHolder, since: Date): Promise<number>
  /** Bytes that are kept, and when the oldest of them go. */
  stored(holder: QuotaHolder): Promise<{ readonly bytes: number; readonly freeAt: Date | null }>
}

/** One execution that was let in. */
export interface Admission {
  /** It is over. */
  end(cpuMs: number): void
  /** How many bytes more may be kept. */
  readonly room: number
  /** So many bytes more are kept, whether there is room for them or not. */
  count(bytes: number): void
  /** So many bytes more are to be kept: gives how many of them may be, and counts these as kept. */
  reserve(bytes: number): number
  /** So many bytes that were counted are not kept, or not any more. */
  release(bytes: number): void
}

/** What somebody has at a time. */
type Place = 'concurrent' | 'readers' | 'agentRuns'

interface Usage {
  /** What runs, answers that are being read, and runs of agents. */
  readonly places: Record<Place, number>
  /** When the executions of the last minute began. */
  starts: number[]
  day: number
  /** CPU time of that day, in milliseconds. */
  cpuMs: number
  storedBytes: number
}

/** Counts what users and their keys use up in this service. */
export class Quotas {
  readonly #past: PastUse
  readonly #now: () => number
  readonly #usage = new Map<string, Usage>()

  constructor(past: PastUse, now: () => number = Date.now) {
    this.#past = past
    this.#now = now
  }

  /**
   * Lets one execution in, when there is room for it, and for what is recorded of it, in every quota of every holder.
   * @throws QuotaExceededError
   */
  async admit(holders: readonly QuotaHolder[], recordBytes = 0): Promise<Admission> {
    const all: { holder: QuotaHolder; usage: Usage }[] = []
    for (const holder of holders) all.push({ holder, usage: await this.#of(holder) })
    const full = all.find(
      ({ holder, usage }) => usage.storedBytes + Math.max(recordBytes, 1) > holder.limits.storageBytes,
    )
    if (full !== undefined) throw await this.#storageRefusal(full.holder)
    // From here on nothing is awaited: of two at once not both find the last place.
    for (const { holder, usage } of all) this.#check(holder, usage)
    for (const { usage } of all) {
      usage.places.concurrent += 1
      usage.starts.push(this.#now())
      usage.storedBytes += recordBytes
    }
    const roomOf = () =>
      Math.max(0, Math.min(...all.map(({ holder, usage }) => holder.limits.storageBytes - usage.storedBytes)))
    const count = (bytes: number) => {
      for (const { usage } of all) usage.storedBytes += bytes
    }
    let ended = false
    return {
      end: (cpuMs) => {
        if (ended) return
        ended = true
        for (const { usage } of all) {
          usage.places.concurrent -= 1
          // Also what began before midnight counts for the day on which it ends.
          this.#today(usage).cpuMs += cpuMs
        }
      },
      get room() {
        return roomOf()
      },
      count,
      reserve: (bytes) => {
        const granted = Math.min(bytes, roomOf())
        count(granted)
        return granted
      },
      release: (bytes) => count(-bytes),
    }
  }

  /**
   * Lets something in that is no execution and takes a place as one does, or that of a reader or an agent, until it is
   * disposed.
   * @throws QuotaExceededError
   */
  async enter(holders: readonly QuotaHolder[], place: Place = 'concurrent'): Promise<Disposable> {
    const all: { holder: QuotaHolder; usage: Usage }[] = []
    for (const holder of holders) all.push({ holder, usage: await this.#of(holder) })
    for (const { holder, usage } of all)
      if (usage.places[place] >= holder.limits[place]) throw refusal(holder, place, 1000)
    for (const { usage } of all) usage.places[place] += 1
    return {
      [Symbol.dispose]: () => {
        for (const { usage } of all.splice(0)) usage.places[place] -= 1
      },
    }
  }

  /**
   * Counts something that is no execution and takes time as one does: it begins within the same minute as these.
   * @throws QuotaExceededError
   */
  async begin(holders: readonly QuotaHolder[]): Promise<void> {
    const all: { holder: QuotaHolder; usage: Usage }[] = []
    for (const holder of holders) all.push({ holder, usage: await this.#of(holder) })
    for (const { holder, usage } of all) this.#check(holder, usage)
    for (const { usage } of all) usage.starts.push(this.#now())
  }

  /** So much CPU time was taken that no execution accounts for. */
  async charge(holders: readonly QuotaHolder[], cpuMs: number): Promise<void> {
    for (const holder of holders) (await this.#of(holder)).cpuMs += cpuMs
  }

  /** So many bytes more are to be kept: counts them if there is room for all of them, else says which quota is full. */
  async keep(holders: readonly QuotaHolder[], bytes: number): Promise<QuotaExceededError | null> {
    const all: Usage[] = []
    for (const holder of holders) all.push(await this.#of(holder))
    const full = holders.find(
      ({ limits }, index) => (all[index]?.storedBytes ?? 0) + bytes > limits.storageBytes,
    )
    if (full !== undefined) return await this.#storageRefusal(full)
    for (const usage of all) usage.storedBytes += bytes
    return null
  }

  /** So many bytes more are kept, whether there is room for them or not; for holders of whom something was counted before. */
  count(holders: readonly QuotaHolder[], bytes: number): void {
    this.unkeep(holders, -bytes)
  }

  /** So many bytes that were kept of an execution are not kept any more. */
  freed({ userId, apiKeyId }: { userId: string; apiKeyId: string | null }, bytes: number): void {
    for (const key of [`user ${userId}`, `api-key ${apiKeyId}`, `service ${SERVICE}`]) this.#free(key, bytes)
  }

  /** The same for what was let in by `keep`. */
  unkeep(holders: readonly QuotaHolder[], bytes: number): void {
    for (const { kind, id } of holders) this.#free(`${kind} ${id}`, bytes)
  }

  #free(key: string, bytes: number): void {
    const usage = this.#usage.get(key)
    if (usage !== undefined) usage.storedBytes -= bytes
  }

  #check(holder: QuotaHolder, usage: Usage): void {
    const { concurrent, perMinute, cpuSecondsPerDay } = holder.limits
    const now = this.#now()
    if (usage.places.concurrent >= concurrent) throw refusal(holder, 'concurrent', 1000)
    usage.starts = usage.starts.filter((start) => start > now - MINUTE_MS)
    const [oldest = now] = usage.starts
    if (usage.starts.length >= perMinute) throw refusal(holder, 'perMinute', oldest + MINUTE_MS - now)
    if (usage.cpuMs < cpuSecondsPerDay * 1000) return
    throw refusal(holder, 'cpuSecondsPerDay', new Date(now).setUTCHours(24, 0, 0, 0) - now)
  }

  async #storageRefusal(holder: QuotaHolder): Promise<QuotaExceededError> {
    const { freeAt } = await this.#past.stored(holder)
    return refusal(holder, 'storageBytes', freeAt === null ? MINUTE_MS : freeAt.getTime() - this.#now())
  }

  async #of(holder: QuotaHolder): Promise<Usage> {
    const key = `${holder.kind} ${holder.id}`
    const known = this.#usage.get(key)
    if (known !== undefined) return this.#today(known)
    const since = new Date(this.#now())
    since.setUTCHours(0, 0, 0, 0)
    const [cpuMs, { bytes }] = await Promise.all([
      Number.isFinite(holder.limits.cpuSecondsPerDay) ? this.#past.cpuMsSince(holder, since) : 0,
      this.#past.stored(holder),
    ])
    this.#forgetIdle()
    const places = { concurrent: 0, readers: 0, agentRuns: 0 }
    const usage = { places, starts: [], day: this.#day(), cpuMs, storedBytes: bytes }
    // Another execution may have been first meanwhile.
    const first = this.#usage.get(key)
    if (first === undefined) this.#usage.set(key, usage)
    return first ?? usage
  }

  #today(usage: Usage): Usage {
    const day = this.#day()
    return usage.day === day ? usage : Object.assign(usage, { day, cpuMs: 0 })
  }

  #day(): number {
    return Math.floor(this.#now() / DAY_MS)
  }

  /** So that what is held does not grow with every user who ever came. */
  #forgetIdle(): void {
    if (this.#usage.size < 10_000) return
    const now = this.#now()
    for (const [key, { places, starts }] of this.#usage) {
      const idle = Object.values(places).every((taken) => taken === 0)
      if (idle && (starts.at(-1) ?? 0) < now - MINUTE_MS) this.#usage.delete(key)
    }
  }
}

const NAMES = {
  concurrent: 'concurrent-executions',
  perMinute: 'executions-per-minute',
  cpuSecondsPerDay: 'cpu-seconds-per-day',
  storageBytes: 'storage-bytes',
  sessions: 'sessions',
  liveSessions: 'live-sessions',
  readers: 'readers',
  tools: 'tools',
  toolVersions: 'tool-versions',
  apiKeys: 'api-keys',
  agentRuns: 'agent-runs',
} as const satisfies Record<keyof QuotaLimits, QuotaName>

function refusal({ kind, limits }: QuotaHolder, name: keyof QuotaLimits, waitMs: number): QuotaExceededError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new QuotaExceededError({ quota: NAMES[name], of: kind, limit: limits[name], retryAfterSeconds })
}

import { QuotaExceededError } from '../errors.ts'
import type { QuotaHolder } from '../executions/quota-terms.ts'

const DAY_MS = 86_400_000

/** Tokens that a holder's runs used which ended since a moment. */
export type PastTokens = (holder: QuotaHolder, since: Date) => Promise<number>

/** Counts the tokens of models that runs of agents use up, from midnight UTC. What still runs counts at its end. */
export class TokenQuota {
  readonly #past: PastTokens
  readonly #now: () => number
  /** By holder, and all of one day. */
  readonly #used = new Map<string, number>()
  #day: number

  constructor(past: PastTokens, now: () => number = Date.now) {
    this.#past = past
    this.#now = now
    this.#day = this.#today()
  }

  /**
   * How many tokens a run may use that begins now.
   * @throws QuotaExceededError when a holder has none left today
   */
  async room(holders: readonly QuotaHolder[]): Promise<number> {
    let room = Number.POSITIVE_INFINITY
    for (const holder of holders) {
      const limit = holder.limits.agentTokensPerDay
      if (!Number.isFinite(limit)) continue
      const left = limit - (await this.#usedBy(holder))
      if (left <= 0) throw this.#refusal(holder)
      room = Math.min(room, left)
    }
    return room
  }

  /** A run has ended that used so many; of holders of whom nothing was counted yet the records tell it. */
  spend(holders: readonly QuotaHolder[], tokens: number): void {
    this.#forgetYesterday()
    for (const { kind, id } of holders) {
      const key = `${kind} ${id}`
      const used = this.#used.get(key)
      if (used !== undefined) this.#used.set(key, used + tokens)
    }
  }

  async #usedBy(holder: QuotaHolder): Promise<number> {
    this.#forgetYesterday()
    const key = `${holder.kind} ${holder.id}`
    const known = this.#used.get(key)
    if (known !== undefined) return known
    const past = await this.#past(holder, new Date(this.#day * DAY_MS))
    // Another run may have been first meanwhile.
    const used = this.#used.get(key) ?? past
    this.#used.set(key, used)
    return used
  }

  #refusal({ kind, limits }: QuotaHolder): QuotaExceededError {
    const untilMidnight = (this.#day + 1) * DAY_MS - this.#now()
    return new QuotaExceededError({
      ...{ quota: 'agent-tokens-per-day', of: kind, limit: limits.agentTokensPerDay },
      retryAfterSeconds: Math.max(1, Math.ceil(untilMidnight / 1000)),
    })
  }

  #forgetYesterday(): void {
    const today = this.#today()
    if (today !== this.#day) this.#used.clear()
    this.#day = today
  }

  #today(): number {
    return Math.floor(this.#now() / DAY_MS)
  }
}

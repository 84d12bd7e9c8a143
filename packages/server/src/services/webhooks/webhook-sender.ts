import type { Database } from '../../db/index.ts'
import {
  type DueDelivery,
  listDueDeliveries,
  nextDeliveryAt,
  recordDelivery,
  returnDelivery,
  takeDelivery,
  type WebhookDeliveryRow,
} from '../../db/queries/webhook-deliveries.ts'
import { type Logger, loggable } from '../../logger.ts'
import { ToolCallError } from '../errors.ts'
import { Receivers } from './receivers.ts'

/** Longer than an attempt takes: one that was broken off by the end of the service is made again after it. */
const CLAIM_MS = 120_000
/**
 * Attempts at a time, and of one user. When all these places are taken, users of whom none is under way have as many more,
 * one for each: nobody waits for the receivers of some others, which may be mute.
 */
const AT_ONCE = 64
const AT_ONCE_PER_USER = 2
const AT_ONCE_WITH_GUESTS = 2 * AT_ONCE
const MAX_SLEEP_MS = 60_000
const MIN_SLEEP_MS = 100

/** Sends one message. Gives the status that was answered. */
export type SendWebhook = (delivery: WebhookDeliveryRow, signal: AbortSignal) => Promise<number>

/** What the sender works with. `unit` is the length of a second of its pauses, in milliseconds. */
export interface WebhookSenderOptions {
  readonly db: Database
  readonly logger: Logger
  readonly send: SendWebhook
  readonly unit?: number
}

/** Tells those who asked for it that executions are over, again and again until they have heard. */
export class WebhookSender implements AsyncDisposable {
  readonly #options: WebhookSenderOptions
  readonly #receivers: Receivers
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<void>>()
  /** Attempts in progress of each user who has any. */
  readonly #byUser = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #filling: Promise<void> | null = null
  #again = false

  /** Starts nothing; the first `nudge` does. */
  constructor(options: WebhookSenderOptions) {
    this.#options = options
    this.#receivers = new Receivers()
  }

  /** There may be something to deliver. */
  nudge(): void {
    if (this.#closing.signal.aborted) return
    if (this.#filling !== null) {
      this.#again = true
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#again = false
    this.#filling = this.#fill().then((sleepMs) => {
      this.#filling = null
      if (this.#again) this.nudge()
      else if (sleepMs !== null) this.#wakeAfter(sleepMs)
    })
  }

  /** Ends: attempts in progress are broken off, and made again when the service has started anew. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the service ends'))
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#filling
    await Promise.all(this.#running)
  }

  #wakeAfter(ms: number): void {
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(() => this.nudge(), Math.min(Math.max(ms, MIN_SLEEP_MS), MAX_SLEEP_MS)).unref()
  }

  /** Starts attempts while there are places; gives how long nothing more is due, or null. Never rejects. */
  async #fill(): Promise<number | null> {
    const { db, logger } = this.#options
    try {
      for (;;) {
        const { limit, perUser } = this.#share()
        // The end of any attempt fills again.
        if (limit <= 0 || this.#closing.signal.aborted) return null
        const now = new Date()
        const due = await listDueDeliveries(db, { now, limit, perUser, busy: this.#busy(perUser) })
        for (const each of due) await this.#take(each, now)
        if (due.length === 0) break
      }
      const next = await nextDeliveryAt(db, this.#busy(this.#share().perUser))
      return next === null ? null : next.getTime() - Date.now()
    } catch (error) {
      logger.warn({ error: loggable(error) }, 'webhook.round-failed')
      return MAX_SLEEP_MS
    }
  }

  /** How many places are left, and how many of them one user may have. */
  #share(): { readonly limit: number; readonly perUser: number } {
    const limit = AT_ONCE - this.#running.size
    if (limit > 0) return { limit, perUser: AT_ONCE_PER_USER }
    return { limit: AT_ONCE_WITH_GUESTS - this.#running.size, perUser: 1 }
  }

  #busy(perUser: number): string[] {
    return [...this.#byUser].filter(([, count]) => count >= perUser).map(([userId]) => userId)
  }

  async #take({ executionId, userId }: DueDelivery, now: Date): Promise<void> {
    const count = this.#byUser.get(userId) ?? 0
    if (count >= this.#share().perUser || this.#closing.signal.aborted) return
    const until = new Date(now.getTime() + CLAIM_MS)
    const delivery = await takeDelivery(this.#options.db, executionId, { now, until })
    if (delivery === null) return
    this.#byUser.set(userId, count + 1)
    const attempt: Promise<void> = this.#deliver(delivery, userId).then(() => {
      this.#running.delete(attempt)
      const left = (this.#byUser.get(userId) ?? 1) - 1
      if (left > 0) this.#byUser.set(userId, left)
      else this.#byUser.delete(userId)
      this.nudge()
    })
    this.#running.add(attempt)
  }

  /** Never rejects: what cannot be recorded is taken again when its claim is over. */
  async #deliver(delivery: WebhookDeliveryRow, userId: string): Promise<void> {
    const { db, logger } = this.#options
    try {
      const attempt = await this.#attempt(delivery, userId)
      if (attempt === null) await returnDelivery(db, delivery)
      else await this.#record(delivery, attempt, this.#receivers.hasAnswered(userId, delivery.url))
    } catch (error) {
      logger.warn({ execution: delivery.executionId, error: loggable(error) }, 'webhook.not-recorded')
    }
  }

  /** Null when the service ended before anything came of it. */
  async #attempt(delivery: WebhookDeliveryRow, userId: string): Promise<Attempt | null> {
    const { logger, send } = this.#options
    const { executionId, url } = delivery
    if (this.#receivers.isMute(userId, url))
      return { status: null, problem: 'the receiver has not answered for a while' }
    try {
      const status = await send(delivery, this.#closing.signal)
      this.#receivers.note(userId, url, true)
      return { status, problem: status >= 200 && status <= 299 ? null : `the receiver answered ${status}` }
    } catch (error) {
      if (this.#closing.signal.aborted) return null
      this.#receivers.note(userId, url, false)
      if (error instanceof ToolCallError) return { status: null, problem: error.message }
      logger.error({ execution: executionId, error: loggable(error) }, 'webhook.failed')
      return { status: null, problem: 'it could not be sent' }
    }
  }

  async #record(
    { executionId, attempts, lastStatus }: WebhookDeliveryRow,
    attempt: Attempt,
    hasAnswered: boolean,
  ): Promise<void> {
    const { db, logger, unit = 1000 } = this.#options
    const step = nextStep(attempt, { attempts, hasAnswered: hasAnswered || lastStatus !== null })
    const { status } = step
    logger.info(
      { execution: executionId, status, attempt: attempts, answered: attempt.status },
      'webhook.attempted',
    )
    await recordDelivery(db, executionId, {
      ...{ status, lastStatus: attempt.status, lastError: attempt.problem },
      ...(step.status === 'pending'
        ? { endedAt: null, nextAttemptAt: new Date(Date.now() + step.afterSeconds * unit) }
        : { endedAt: new Date() }),
    })
  }
}

/** How long after each attempt the next one is made: about three hours altogether. */
export const RETRY_AFTER_SECONDS = [5, 30, 120, 600, 1800, 7200] as const
/** Attempts at a receiver that has never answered anything. */
export const ATTEMPTS_AT_STRANGERS = 4

/** What came of an attempt: the status that was answered, or null, and what was wrong, or null. */
export interface Attempt {
  readonly status: number | null
  readonly problem: string | null
}

/** What becomes of a delivery after an attempt. */
export type NextStep =
  | { readonly status: 'delivered' | 'failed' }
  | { readonly status: 'pending'; readonly afterSeconds: number }

/** Decides whether a message is sent again, and when. `attempts` counts the one that was just made. */
export function nextStep(
  attempt: Attempt,
  { attempts, hasAnswered }: { readonly attempts: number; readonly hasAnswered: boolean },
): NextStep {
  if (attempt.problem === null) return { status: 'delivered' }
  // Gone: the receiver says that it wants to hear no more.
  if (attempt.status === 410) return { status: 'failed' }
  if (attempt.status === null && !hasAnswered && attempts >= ATTEMPTS_AT_STRANGERS)
    return { status: 'failed' }
  const afterSeconds = RETRY_AFTER_SECONDS[attempts - 1]
  return afterSeconds === undefined ? { status: 'failed' } : { status: 'pending', afterSeconds }
}

import type { Database } from '../../db/index.ts'
import {
  nextDeliveryAt,
  recordDelivery,
  returnDelivery,
  takeDueDeliveries,
  type WebhookDeliveryRow,
} from '../../db/queries/webhook-deliveries.ts'
import { type Logger, loggable } from '../../logger.ts'
import { ToolCallError } from '../errors.ts'

/** How long after each attempt the next one is made: about three hours altogether. */
export const RETRY_AFTER_SECONDS = [5, 30, 120, 600, 1800, 7200] as const
/** Longer than an attempt takes: one that was broken off by the end of the service is made again after it. */
const CLAIM_MS = 120_000
const AT_ONCE = 8
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
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | null = null
  #round: Promise<void> | null = null
  #again = false

  /** Starts nothing; the first `nudge` does. */
  constructor(options: WebhookSenderOptions) {
    this.#options = options
  }

  /** There may be something to deliver. */
  nudge(): void {
    if (this.#closing.signal.aborted) return
    if (this.#round !== null) {
      this.#again = true
      return
    }
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#again = false
    this.#round = this.#deliverDue().then((sleepMs) => {
      this.#round = null
      if (this.#again) this.nudge()
      else if (sleepMs !== null) this.#wakeAfter(sleepMs)
    })
  }

  /** Ends: attempts in progress are broken off, and made again when the service has started anew. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the service ends'))
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#round
  }

  #wakeAfter(ms: number): void {
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(() => this.nudge(), Math.min(Math.max(ms, MIN_SLEEP_MS), MAX_SLEEP_MS)).unref()
  }

  /** Delivers what is due; gives how long nothing more is, or null when nothing waits. Never rejects. */
  async #deliverDue(): Promise<number | null> {
    const { db, logger } = this.#options
    try {
      for (;;) {
        const now = new Date()
        const until = new Date(now.getTime() + CLAIM_MS)
        const due = await takeDueDeliveries(db, { now, until, limit: AT_ONCE })
        await Promise.all(due.map((delivery) => this.#deliver(delivery)))
        if (due.length < AT_ONCE || this.#closing.signal.aborted) break
      }
      const next = await nextDeliveryAt(db)
      return next === null ? null : next.getTime() - Date.now()
    } catch (error) {
      logger.warn({ error: loggable(error) }, 'webhook.round-failed')
      return MAX_SLEEP_MS
    }
  }

  async #deliver(delivery: WebhookDeliveryRow): Promise<void> {
    const { db, logger, send, unit = 1000 } = this.#options
    const { executionId, attempts } = delivery
    let lastStatus: number | null = null
    let lastError: string | null = null
    try {
      lastStatus = await send(delivery, this.#closing.signal)
      if (lastStatus < 200 || lastStatus > 299) lastError = `the receiver answered ${lastStatus}`
    } catch (error) {
      if (this.#closing.signal.aborted) {
        await returnDelivery(db, delivery).catch(() => {})
        return
      }
      if (!(error instanceof ToolCallError))
        logger.error({ execution: executionId, error: loggable(error) }, 'webhook.failed')
      lastError = error instanceof ToolCallError ? error.message : 'it could not be sent'
    }
    const pause = RETRY_AFTER_SECONDS[attempts - 1]
    // Gone: the receiver says that it wants to hear no more.
    const givenUp = pause === undefined || lastStatus === 410
    const status = lastError === null ? 'delivered' : givenUp ? 'failed' : 'pending'
    logger.info(
      { execution: executionId, status, attempt: attempts, answered: lastStatus },
      'webhook.attempted',
    )
    await recordDelivery(db, executionId, {
      ...{ status, lastStatus, lastError },
      endedAt: status === 'pending' ? null : new Date(),
      ...(pause === undefined || status !== 'pending'
        ? {}
        : { nextAttemptAt: new Date(Date.now() + pause * unit) }),
    })
  }
}

import type { NatsConnection } from '@nats-io/transport-node'
import type { LiveCopy } from '../../db/queries/live-copies.ts'
import type { Lease } from '../../db/queries/members.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import type { RunQueue } from '../queue.ts'
import type { Work } from '../work.ts'
import { type Near, NearMachines } from './near-machine.ts'
import { Ticket } from './tickets.ts'

/** What waits for so long although the queue is empty was lost there. */
const OFFER_AGAIN_MS = 3000

/** What the tickets of a service wait with. */
interface WaitingParts {
  readonly context: Pick<ServiceContext, 'instance' | 'logger'>
  readonly connection: NatsConnection
  readonly queue: RunQueue
}

/** What waits for a machine at this service, and is offered until one has it. */
export class WaitingTickets {
  readonly #parts: WaitingParts
  readonly #tickets = new Map<string, Ticket>()
  readonly #near: NearMachines
  #watch: NodeJS.Timeout | null = null

  constructor(parts: WaitingParts) {
    this.#parts = parts
    this.#near = new NearMachines(parts.connection, parts.context.instance)
  }

  /** Has the queue be there. */
  async ensure(): Promise<void> {
    await this.#parts.queue.ensure()
  }

  /** Looks after the queue from now on. */
  watch(): void {
    this.#watch = setInterval(() => void this.#offerAgain(), 1000).unref()
    void this.#reconnect()
  }

  close(): void {
    if (this.#watch !== null) clearInterval(this.#watch)
  }

  /** What waits under this id, or null. */
  find(id: string): Ticket | null {
    return this.#tickets.get(id) ?? null
  }

  /** Has a machine forget what it may have of a session. */
  forget(copy: LiveCopy): void {
    this.#near.forget(copy)
  }

  /**
   * Waits for a machine that has room, which is offered it after the one that is near, where there is one; null when the
   * signal is aborted first.
   * @throws OverloadedError when too many wait, UnavailableError when NATS does not answer
   */
  async given(id: string, work: Work, signal: AbortSignal, near: Near | null = null): Promise<Lease | null> {
    const ticket = new Ticket(id, work)
    this.#tickets.set(id, ticket)
    try {
      if (near === null || !(await this.#isOfferedTo(ticket, near))) await this.#offer(ticket)
      const lease = await ticket.claimed(signal)
      // What another one makes of it is not what that one has.
      if (near !== null && lease !== null && lease.name !== near.machine) this.forget(near)
      return lease
    } finally {
      this.#tickets.delete(id)
    }
  }

  async #isOfferedTo(ticket: Ticket, near: Near): Promise<boolean> {
    const waiting = { id: ticket.id, isWaiting: () => ticket.isWaiting && this.#tickets.has(ticket.id) }
    return await this.#near.offer(waiting, near, () => void this.#offer(ticket).catch(() => {}))
  }

  async #offer({ id, calls }: Ticket): Promise<void> {
    const { context, queue } = this.#parts
    await queue.offer({ id, service: context.instance, calls })
  }

  /** A queue that was in memory is gone with its server: it is made anew, and what waits is offered again. */
  async #reconnect(): Promise<void> {
    const { connection, context, queue } = this.#parts
    for await (const { type } of connection.status()) {
      if (type !== 'reconnect') continue
      try {
        await queue.ensure()
        await this.#offerWaiting()
      } catch (error) {
        context.logger.warn({ error: loggable(error) }, 'machines.queue-not-made')
      }
    }
  }

  async #offerAgain(): Promise<void> {
    const old = performance.now() - OFFER_AGAIN_MS
    const isLate = [...this.#tickets.values()].some((each) => each.isWaiting && each.openedAt < old)
    if (isLate && (await this.#parts.queue.isEmpty())) await this.#offerWaiting()
  }

  /** Twice does no harm: the database gives it to one, and what it does not know of is given once by this service. */
  async #offerWaiting(): Promise<void> {
    for (const ticket of this.#tickets.values())
      if (ticket.isWaiting) await this.#offer(ticket).catch(() => {})
  }
}

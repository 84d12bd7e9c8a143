import { type NatsConnection, TimeoutError } from '@nats-io/transport-node'
import type { LiveCopy } from '../../db/queries/live-copies.ts'
import { doneSchema, encoded, parsed } from '../messages.ts'
import { machineSubject } from '../subjects.ts'
import type { Ticket } from './tickets.ts'

/** How long the machine that may have a session has to say that it takes it, and then to claim it. */
const ANSWER_MS = 150
const CLAIM_MS = 300
/** A machine that was too slow is not asked first for so long: who waits for it waits once. */
const SLOW_MS = 10_000

/** The machine that may have a session still, in the state that is wanted. */
export interface Near extends LiveCopy {
  readonly object: string
}

/** Asks machines first for what they may have. Whatever they say, and whether they live, nothing waits for them for long. */
export class NearMachines {
  readonly #connection: NatsConnection
  readonly #service: string
  readonly #slow = new Map<string, number>()

  constructor(connection: NatsConnection, service: string) {
    this.#connection = connection
    this.#service = service
  }

  /** Has the machine claim what waits. False when somebody else may have it; `late` is called when it comes to that later. */
  async offer({ id, ...ticket }: NearTicket, near: Near, late: () => void): Promise<boolean> {
    const { session, object, machine } = near
    if (performance.now() < (this.#slow.get(machine) ?? 0)) return false
    const ask = encoded({ op: 'wake', id, service: this.#service, session, object })
    try {
      const { data } = await this.#connection.request(machineSubject(machine), ask, { timeout: ANSWER_MS })
      if (parsed(doneSchema, data)?.done !== true) return false
    } catch (error) {
      // One that is not there at all is known at once.
      if (error instanceof TimeoutError) this.#isSlow(machine)
      return false
    }
    setTimeout(() => {
      if (!ticket.isWaiting()) return
      this.#isSlow(machine)
      late()
    }, CLAIM_MS).unref()
    return true
  }

  /** Has it forget what it has. */
  forget({ session, machine }: LiveCopy): void {
    if (this.#connection.isClosed()) return
    this.#connection.publish(machineSubject(machine), encoded({ op: 'forget', session }))
  }

  #isSlow(machine: string): void {
    if (this.#slow.size > 1000) this.#slow.clear()
    this.#slow.set(machine, performance.now() + SLOW_MS)
  }
}

/** What waits: its id, and whether it still does. */
interface NearTicket extends Pick<Ticket, 'id'> {
  isWaiting(): boolean
}

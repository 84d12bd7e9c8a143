import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { findExecution } from '../../db/queries/executions.ts'
import { giveSession } from '../../db/queries/held-sessions.ts'
import { claimExecution, endLease, joinMember, type Lease, renewLease } from '../../db/queries/members.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import {
  type ClaimAnswer,
  claimSchema,
  encoded,
  leaseAskSchema,
  MAX_MESSAGE_BYTES,
  machineName,
  PROTOCOL,
  parsed,
  workPieceSchema,
} from '../messages.ts'
import {
  askerOf,
  claimSubject,
  leaseSubject,
  serviceSubject,
  sessionSubject,
  workSubject,
} from '../subjects.ts'
import { AskerPlaces } from './asker-places.ts'
import { answerToService } from './service-answers.ts'
import { answerAboutSession } from './session-answers.ts'
import type { Parcels, Ticket } from './tickets.ts'

/** What a service answers from. */
export interface AnswerParts {
  readonly context: ServiceContext
  readonly connection: NatsConnection
  readonly parcels: Parcels
  /** Are calls of tools of this execution answered here? */
  answersCalls(id: string): boolean
  ticketOf(id: string): Ticket | null
}

/** The answer to a message; null for none. */
type Answer = (message: Msg) => Promise<Uint8Array | null>

/** What machines and other services ask of this one. Who asks is in the subject, which NATS has checked. */
export class Answers {
  readonly #parts: AnswerParts
  readonly #subscriptions: Subscription[]

  constructor(parts: AnswerParts) {
    this.#parts = parts
    const { instance } = parts.context
    this.#subscriptions = [
      this.#onMachines(claimSubject(instance, '*'), (message) => this.#claim(message)),
      this.#onMachines(workSubject(instance, '*'), async (message) => this.#piece(message)),
      this.#on(serviceSubject(instance), async ({ data }) => await answerToService(parts, data)),
      this.#onMachines(leaseSubject('*'), (message) => this.#lease(message), 'services'),
      this.#onMachines(sessionSubject('*'), (message) => this.#session(message), 'services'),
    ]
  }

  /** Answers nothing any more. */
  close(): void {
    for (const each of this.#subscriptions) each.unsubscribe()
  }

  /** Of one kind each: a machine that asks much about its sessions renews its lease beside that. */
  #onMachines(subject: string, answer: Answer, queue?: string): Subscription {
    const places = new AskerPlaces()
    return this.#on(subject, answer, queue, (message, answered) => {
      places.take(askerOf(message.subject), message.data.byteLength, answered)
    })
  }

  #on(
    subject: string,
    answer: Answer,
    queue?: string,
    inTurn: (message: Msg, answered: () => Promise<void>) => void = (_message, answered) => void answered(),
  ): Subscription {
    const { connection, context } = this.#parts
    const answered = async (message: Msg) => {
      try {
        const data = await answer(message)
        if (data !== null && !connection.isClosed()) message.respond(data)
      } catch (error) {
        // Who asks hears nothing, and asks again.
        context.logger.warn({ subject, error: loggable(error) }, 'machines.not-answered')
      }
    }
    return connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) inTurn(message, () => answered(message))
      },
    })
  }

  async #claim(message: Msg): Promise<Uint8Array> {
    const ask = parsed(claimSchema, message.data)
    const name = machineName.safeParse(askerOf(message.subject))
    const ticket = ask === null ? null : this.#parts.ticketOf(ask.id)
    if (ask === null || !name.success || ticket === null || !ticket.beginClaim()) return encoded(NOT_GRANTED)
    const machine = { name: name.data, epoch: ask.epoch }
    if (!(await this.#granted(ticket, machine))) return encoded(NOT_GRANTED)
    const work = ticket.granted(machine)
    const small = encoded({ granted: true, work } satisfies ClaimAnswer)
    if (small.byteLength <= MAX_MESSAGE_BYTES) return small
    const parcel = Buffer.from(JSON.stringify(work))
    const large: ClaimAnswer = { granted: true, token: this.#parts.parcels.add(parcel), bytes: parcel.length }
    return encoded(large)
  }

  async #granted(ticket: Ticket, machine: Lease): Promise<boolean> {
    const { db, logger } = this.#parts.context
    try {
      if (await this.#given(ticket, machine)) return true
    } catch (error) {
      logger.warn({ execution: ticket.id, error: loggable(error) }, 'machines.claim-failed')
    }
    // Whatever came of it, this machine was told nothing: nobody runs it.
    const row = await findExecution(db, ticket.id).catch(() => undefined)
    if (row === undefined || row?.status === 'queued' || !ticket.isExecution) ticket.refused()
    else ticket.lost('it has ended, or was given to a machine that does not know of it')
    return false
  }

  /** First the execution, then the session that it runs in: whose turn it is. */
  async #given({ id, isExecution, session }: Ticket, machine: Lease): Promise<boolean> {
    const { db, instance } = this.#parts.context
    if (isExecution && !(await claimExecution(db, { id, instance, machine }))) return false
    return session === null || (await giveSession(db, { id: session, holder: id }, machine))
  }

  async #session({ subject, data }: Msg): Promise<Uint8Array | null> {
    const name = machineName.safeParse(askerOf(subject))
    return name.success ? await answerAboutSession(this.#parts.context, name.data, data) : null
  }

  #piece(message: Msg): Uint8Array {
    const ask = parsed(workPieceSchema, message.data)
    const parcel = ask === null ? null : this.#parts.parcels.get(ask.token)
    if (ask === null || parcel === null) return Buffer.alloc(0)
    return parcel.subarray(ask.offset, ask.offset + MAX_MESSAGE_BYTES)
  }

  async #lease(message: Msg): Promise<Uint8Array> {
    const { db, logger } = this.#parts.context
    const ask = parsed(leaseAskSchema, message.data)
    const name = machineName.safeParse(askerOf(message.subject))
    if (ask === null || !name.success) return encoded({ epoch: null })
    if (ask.op === 'join') {
      if (ask.protocol !== PROTOCOL) {
        const refused = `it speaks protocol ${ask.protocol}, the services speak ${PROTOCOL}; run one version`
        logger.warn({ machine: name.data, protocol: ask.protocol }, 'machines.join-refused')
        return encoded({ epoch: null, refused })
      }
      const { epoch } = await joinMember(db, { name: name.data, role: 'machine', facts: ask.facts })
      logger.info({ machine: name.data, epoch }, 'machines.joined')
      return encoded({ epoch })
    }
    const lease = { name: name.data, epoch: ask.epoch }
    if (ask.op === 'leave') {
      await endLease(db, lease)
      return encoded({ epoch: null })
    }
    return encoded({ epoch: (await renewLease(db, lease, ask.facts)) ? ask.epoch : null })
  }
}

const NOT_GRANTED: ClaimAnswer = { granted: false }

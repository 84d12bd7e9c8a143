import { setTimeout as sleep } from 'node:timers/promises'
import type { JsMsg } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { SandboxOptions } from 'agentchat-sandbox'
import { type Logger, loggable } from '../../logger.ts'
import { withGuests } from '../../services/executions/fair-places.ts'
import { SandboxSet } from '../../services/sandbox-set.ts'
import { connectToNats, type NatsPlace } from '../connect.ts'
import { encoded, type MachineAsk, machineAskSchema, parsed, type Ticket, ticketSchema } from '../messages.ts'
import { machineSubject } from '../subjects.ts'
import type { Work } from '../work.ts'
import { claimWork, fetchParcel } from './claim.ts'
import { givenRunner } from './given-session.ts'
import { GuestSlots } from './guest-slots.ts'
import { MachineLease } from './lease.ts'
import { type CopyLimits, LiveCopies } from './live-copies.ts'
import { MachineRun } from './machine-run.ts'
import { MachineRuns } from './machine-runs.ts'
import { giveBack, pulled } from './pulled.ts'
import { Room } from './room.ts'
import { useFiles } from './session-files.ts'
import type { AskMeans } from './tool-asks.ts'

/** What a machine is started with. */
export interface MachineOptions {
  readonly nats: Pick<NatsPlace, 'url' | 'seed' | 'caFile'>
  /** Its name, which is its alone. */
  readonly name: string
  /** How many executions it runs at a time. */
  readonly slots: number
  readonly sandbox: SandboxOptions
  /** What it has of sessions between two uses. */
  readonly copies: CopyLimits
  readonly version: string
  readonly logger: Logger
}

/** A machine that runs what services have for it. */
export interface Machine {
  readonly name: string
  /** Takes nothing new, gives what runs so much time, waits until its ends are recorded, and leaves. */
  close(graceMs: number): Promise<void>
}

/**
 * Joins the services, and runs what they have to run.
 * @throws NatsRefusedError, JoinRefusedError
 */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { name, nats } = options
  const inboxPrefix = `_INBOX.machines.${name}`
  const connection = await connectToNats({ ...nats, name: `machine ${name}`, inboxPrefix })
  const machine = new RunningMachine(options, connection)
  try {
    await machine.start()
    return machine
  } catch (error) {
    await machine.close(0)
    throw error
  }
}

class RunningMachine implements Machine {
  readonly name: string
  readonly #options: MachineOptions
  readonly #connection: NatsConnection
  readonly #sandboxes: SandboxSet
  readonly #lease: MachineLease
  readonly #runs = new MachineRuns()
  readonly #copies: LiveCopies
  readonly #room: Room
  readonly #asking: AskMeans
  /** What was taken from no queue: a session that is here. */
  readonly #woken = new Set<Promise<void>>()
  #slots: Promise<void>[] = []
  #isEnding = false

  constructor(options: MachineOptions, connection: NatsConnection) {
    const { name, slots, sandbox, copies, logger } = options
    this.name = name
    this.#options = options
    this.#connection = connection
    this.#sandboxes = new SandboxSet({
      ...{ ...sandbox, pool: { ...sandbox.pool, max: slots } },
      // Those in use, and those between two uses.
      maxLiveSessions: withGuests(slots) + Math.max(1, copies.maxAwake),
    })
    this.#copies = new LiveCopies(copies, logger)
    this.#room = new Room(slots)
    const guests = new GuestSlots({
      slots,
      isWanted: () => !this.#isEnding && this.#lease.epoch !== null && this.#runs.isAnyWaiting,
      takeNext: () => this.#takeNext(true),
    })
    this.#asking = {
      fetch: async (parcel) => await fetchParcel(connection, { ...parcel, machine: name }),
      onWait: () => void guests.open(),
    }
    const lost = async () => await this.#dropAll()
    this.#lease = new MachineLease({ connection, machine: name, logger, facts: () => this.#facts(), lost })
  }

  async start(): Promise<void> {
    const { logger, slots } = this.#options
    this.#connection.subscribe(machineSubject(this.name), {
      callback: (error, message) => {
        if (error === null) void this.#answer(message)
      },
    })
    await this.#lease.start()
    void this.#sandboxes.start().then(
      () => logger.info({ machine: this.name }, 'sandbox.warm'),
      (error: unknown) => {
        if (!this.#isEnding) logger.error({ error: loggable(error) }, 'sandbox.not-warm')
      },
    )
    this.#slots = Array.from({ length: slots }, () => this.#slot())
  }

  async close(graceMs: number): Promise<void> {
    this.#isEnding = true
    const ended = Promise.all(this.#slots)
    const timer = new AbortController()
    await Promise.race([ended, sleep(graceMs, null, timer).catch(() => {})])
    timer.abort()
    this.#runs.cancelAll()
    await ended
    await Promise.all(this.#woken)
    await this.#copies.close()
    await this.#runs.untilRecorded(5000)
    await this.#lease.leave()
    await this.#sandboxes[Symbol.asyncDispose]()
    await this.#connection.close()
  }

  #facts() {
    const { version, slots } = this.#options
    return { version: version.slice(0, 60), slots, running: this.#runs.running }
  }

  /** Takes one execution after the other from the queue. */
  async #slot(): Promise<void> {
    while (!this.#isEnding) {
      await this.#room.untilFree()
      await this.#lease.held(() => this.#isEnding)
      await this.#takeNext(false)
    }
  }

  async #takeNext(isGuest: boolean): Promise<void> {
    const { logger } = this.#options
    const message = await pulled({ connection: this.#connection, logger, isEnding: () => this.#isEnding })
    if (message === null) return
    if (isGuest) return await this.#take(message, true)
    // A session that is here has taken the room meanwhile: another machine may have some.
    if (!this.#room.take()) message.nak()
    else await this.#take(message, false).finally(() => this.#room.give())
  }

  async #take(message: JsMsg, isGuest: boolean): Promise<void> {
    const ticket = parsed(ticketSchema, message.data)
    if (ticket === null) return message.term()
    // What waits in turn would take the room that others wait for.
    if (isGuest && ticket.calls) return message.nak(250)
    const { epoch } = this.#lease
    if (this.#isEnding || epoch === null) return message.nak()
    if (this.#runs.has(ticket.id)) return message.ack()
    if (!(await this.#claim(ticket, epoch, () => message.ack()))) giveBack(message)
  }

  /** Takes the use of a session that is here, in this state; false where it is not, or there is no room. */
  #wake({ id, service, session, object }: Extract<MachineAsk, { op: 'wake' }>): boolean {
    const { epoch } = this.#lease
    if (this.#isEnding || epoch === null || this.#runs.has(id) || !this.#copies.has(session, object))
      return false
    if (!this.#room.take()) return false
    const work: Promise<void> = this.#claim({ id, service }, epoch).then(() => {
      this.#room.give()
      this.#woken.delete(work)
    })
    this.#woken.add(work)
    return true
  }

  /** Claims and runs it; false where nobody knows whether it was granted. Never rejects. */
  async #claim(
    { id, service }: Pick<Ticket, 'id' | 'service'>,
    epoch: number,
    claimed = () => {},
  ): Promise<boolean> {
    // It is there before it is claimed: who has granted it asks for its events at once.
    const run = new MachineRun(id, this.#asking)
    this.#runs.add(run)
    try {
      const work = await claimWork(this.#connection, { id, service, machine: this.name, epoch })
      claimed()
      if (work === null || this.#lease.epoch !== epoch) {
        this.#runs.drop(run)
        return true
      }
      this.#options.logger.info({ execution: run.id, machine: this.name, epoch }, 'machine.runs')
      await this.#run(run, work, epoch)
      this.#runs.keep(run)
      return true
    } catch (error) {
      // Nobody knows whether it was granted: it is offered again, and run by nobody if it was.
      this.#options.logger.warn({ execution: run.id, error: loggable(error) }, 'machine.claim-failed')
      this.#runs.drop(run)
      return false
    }
  }

  /** Runs code by itself or in a session, or does something with the files of one. */
  async #run(run: MachineRun, work: Work, epoch: number): Promise<void> {
    const permissions = { allowNet: work.allowNet }
    if (work.session === undefined) return await run.run(this.#sandboxes.for(permissions), work)
    const right = {
      ...{ connection: this.#connection, machine: this.name, holder: run.id, epoch },
      isHeld: () => this.#lease.epoch === epoch,
    }
    const { logger } = this.#options
    const shared = { sandboxes: this.#sandboxes, copies: this.#copies, logger }
    const parts = { ...shared, permissions, given: work.session, right }
    const { use } = work
    if (use === undefined) await run.run(givenRunner(parts), work)
    else await run.use(() => useFiles(parts, use))
  }

  /** Ends all that runs: it is somebody else's to say what became of it. */
  async #dropAll(): Promise<void> {
    this.#runs.dropAll()
    this.#copies.forgetAll()
  }

  async #answer(message: Msg): Promise<void> {
    const ask = parsed(machineAskSchema, message.data)
    const answer = ask === null ? encoded({ done: false }) : await this.#answerTo(ask).catch(() => null)
    if (answer !== null && !this.#connection.isClosed()) message.respond(answer)
  }

  async #answerTo(ask: MachineAsk): Promise<Uint8Array> {
    if (ask.op === 'wake') return encoded({ done: this.#wake(ask) })
    if (ask.op === 'forget') {
      this.#copies.forget(ask.session)
      return encoded({ done: true })
    }
    return await this.#runs.answerTo(ask)
  }
}

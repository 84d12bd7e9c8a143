import { setTimeout as sleep } from 'node:timers/promises'
import type { JsMsg } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { SandboxOptions } from 'agentchat-sandbox'
import { type Logger, loggable } from '../../logger.ts'
import { SandboxSet } from '../../services/sandbox-set.ts'
import { connectToNats, type NatsPlace } from '../connect.ts'
import { encoded, type MachineAsk, machineAskSchema, parsed, ticketSchema } from '../messages.ts'
import { queueConsumer } from '../queue.ts'
import { machineSubject } from '../subjects.ts'
import type { Work } from '../work.ts'
import { claimWork } from './claim.ts'
import { givenRunner } from './given-session.ts'
import { MachineLease } from './lease.ts'
import { MachineRun } from './machine-run.ts'
import { useFiles } from './session-files.ts'

/** How long a slot waits for work before it asks again. */
const PULL_MS = 5000
/** A ticket that nobody could claim so often is thrown away: the service offers it again while it wants it. */
const MAX_DELIVERIES = 20
/** How long an execution that was recorded can still be read, and how many bytes of those in all. */
const KEEP_MS = 30_000
const KEEP_BYTES = 64 * 2 ** 20
/** How long one of which nobody recorded the end is kept. */
const KEEP_UNRECORDED_MS = 600_000

/** What a machine is started with. */
export interface MachineOptions {
  readonly nats: Pick<NatsPlace, 'url' | 'seed' | 'caFile'>
  /** Its name, which is its alone. */
  readonly name: string
  /** How many executions it runs at a time. */
  readonly slots: number
  readonly sandbox: SandboxOptions
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
  readonly #runs = new Map<string, MachineRun>()
  #slots: Promise<void>[] = []
  #isEnding = false

  constructor(options: MachineOptions, connection: NatsConnection) {
    const { name, slots, sandbox, logger } = options
    this.name = name
    this.#options = options
    this.#connection = connection
    this.#sandboxes = new SandboxSet({
      ...{ ...sandbox, pool: { ...sandbox.pool, max: slots } },
      // Each has one of these slots.
      maxLiveSessions: 2 * slots,
    })
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
    for (const run of this.#runs.values()) run.cancel()
    await ended
    await Promise.all([...this.#runs.values()].map((run) => run.untilRecorded(5000)))
    await this.#lease.leave()
    await this.#sandboxes[Symbol.asyncDispose]()
    await this.#connection.close()
  }

  #facts() {
    const { version, slots } = this.#options
    return { version: version.slice(0, 60), slots, running: this.#running() }
  }

  #running(): number {
    return [...this.#runs.values()].filter((run) => !run.isOver).length
  }

  /** Takes one execution after the other. */
  async #slot(): Promise<void> {
    while (!this.#isEnding) {
      await this.#lease.held()
      const message = await this.#next()
      if (message !== null) await this.#take(message)
    }
  }

  async #next(): Promise<JsMsg | null> {
    try {
      return await (await queueConsumer(this.#connection)).next({ expires: PULL_MS })
    } catch (error) {
      if (this.#isEnding) return null
      this.#options.logger.debug({ error: loggable(error) }, 'machine.queue-not-there')
      await sleep(250)
      return null
    }
  }

  async #take(message: JsMsg): Promise<void> {
    const ticket = parsed(ticketSchema, message.data)
    if (ticket === null) return message.term()
    const { epoch } = this.#lease
    if (this.#isEnding || epoch === null) return message.nak()
    if (this.#runs.has(ticket.id)) return message.ack()
    // It is there before it is claimed: who has granted it asks for its events at once.
    const run = new MachineRun(ticket.id)
    this.#runs.set(ticket.id, run)
    try {
      const work = await claimWork(this.#connection, { ...ticket, machine: this.name, epoch })
      message.ack()
      if (work === null || this.#lease.epoch !== epoch) return this.#drop(run)
      this.#options.logger.info({ execution: run.id, machine: this.name, epoch }, 'machine.runs')
      await this.#run(run, work, epoch)
      this.#keep(run)
    } catch (error) {
      // Nobody knows whether it was granted: it is offered again, and run by nobody if it was.
      this.#options.logger.warn({ execution: run.id, error: loggable(error) }, 'machine.claim-failed')
      this.#drop(run)
      if (message.info.deliveryCount < MAX_DELIVERIES) message.nak(250)
      else message.term()
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
    const parts = { sandboxes: this.#sandboxes, permissions, given: work.session, right }
    const { use } = work
    if (use === undefined) await run.run(givenRunner(parts), work)
    else await run.use(() => useFiles(parts, use))
  }

  #drop(run: MachineRun): void {
    run.forget()
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id)
  }

  /** For late readers, and until somebody has recorded its end. */
  #keep(run: MachineRun): void {
    const started = performance.now()
    const timer = setInterval(() => {
      const age = performance.now() - started
      if (age < (run.isRecorded ? KEEP_MS : KEEP_UNRECORDED_MS)) return
      clearInterval(timer)
      this.#drop(run)
    }, 1000).unref()
    let bytes = 0
    for (const each of [...this.#runs.values()].reverse()) {
      bytes += each.bytes
      if (bytes > KEEP_BYTES && each.isRecorded) this.#drop(each)
    }
  }

  /** Ends all that runs: it is somebody else's to say what became of it. */
  async #dropAll(): Promise<void> {
    for (const run of [...this.#runs.values()]) this.#drop(run)
  }

  async #answer(message: Msg): Promise<void> {
    const ask = parsed(machineAskSchema, message.data)
    const answer = ask === null ? encoded({ done: false }) : await this.#answerTo(ask).catch(() => null)
    if (answer !== null && !this.#connection.isClosed()) message.respond(answer)
  }

  async #answerTo(ask: MachineAsk): Promise<Uint8Array> {
    const run = this.#runs.get(ask.id)
    if (ask.op === 'read') return (await run?.read(ask.after)) ?? encoded({ known: false, events: [] })
    if (ask.op === 'piece') return (await run?.piece(ask.of, ask.offset)) ?? Buffer.alloc(0)
    if (ask.op === 'input') return encoded({ done: run?.give(ask.line) ?? false })
    if (ask.op === 'cancel') run?.cancel()
    else run?.recorded()
    return encoded({ done: run !== undefined })
  }
}

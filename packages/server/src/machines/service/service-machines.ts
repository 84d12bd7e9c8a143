import type { NatsConnection } from '@nats-io/transport-node'
import type { ExecutionEvent, PythonRunner } from 'agentchat-sandbox'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import type { LiveCopy } from '../../db/queries/live-copies.ts'
import { machinesAlive } from '../../db/queries/members.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../../services/context.ts'
import { UnavailableError } from '../../services/errors.ts'
import type { NumberedEvent } from '../../services/executions/live-run.ts'
import type { FilesOfSession, MachineFacts, Machines } from '../../services/executions/machines.ts'
import { readMachines } from '../../services/metrics/read-gauges.ts'
import type { ToolPermissions } from '../../services/sandbox-set.ts'
import { connectToNats, type NatsPlace } from '../connect.ts'
import { factsSchema } from '../messages.ts'
import { RunQueue } from '../queue.ts'
import { type Work, workOf } from '../work.ts'
import { adopt } from './adopt.ts'
import { Answers } from './answers.ts'
import { ExecutionsWithTools } from './executions-with-tools.ts'
import { FarAgentRuns } from './far-agent-runs.ts'
import { cancelFar, type FarParts, followFar, giveInputFar } from './far-executions.ts'
import { FarSessions } from './far-sessions.ts'
import { type FileOutcome, fileOutcome } from './file-outcome.ts'
import { MachineLink } from './machine-link.ts'
import type { Near } from './near-machine.ts'
import { eventsOf, orCancelled, type ReadingEnds } from './run-on-machine.ts'
import { type ProgramParts, runProgram } from './run-program.ts'
import { Sweeper } from './sweeper.ts'
import { Parcels } from './tickets.ts'
import { WaitingTickets } from './waiting-tickets.ts'

/** How a service reaches its machines. */
export interface ServiceMachinesOptions {
  readonly nats: Pick<NatsPlace, 'url' | 'seed' | 'caFile'>
  /** How many executions may wait for a machine. */
  readonly maxQueue: number
}

/**
 * Joins the machines with a service.
 * @throws NatsRefusedError
 */
export async function joinMachines(
  { nats, maxQueue }: ServiceMachinesOptions,
  context: ServiceContext,
): Promise<Machines> {
  const who = { name: `service ${context.instance}`, inboxPrefix: `_INBOX.services.${context.instance}` }
  const connection = await connectToNats({ ...nats, ...who })
  const machines = new ServiceMachines(context, connection, new RunQueue(connection, maxQueue))
  try {
    await machines.start()
    context.metrics.onRead(() => readMachines(context.metrics, machines))
    return machines
  } catch (error) {
    await connection.close()
    throw error
  }
}

class ServiceMachines implements Machines {
  readonly #context: ServiceContext
  readonly #connection: NatsConnection
  readonly #waiting: WaitingTickets
  /** What is read here, each with what has it end when it is lost. */
  readonly #open = new Map<string, AbortController>()
  readonly #calls: ExecutionsWithTools
  readonly #parcels = new Parcels()
  readonly #leaving = new AbortController()
  readonly agentRuns: FarAgentRuns
  readonly #far: FarParts
  readonly #sessions: FarSessions
  #answers: Answers | null = null
  #sweeper: Sweeper | null = null

  constructor(context: ServiceContext, connection: NatsConnection, queue: RunQueue) {
    this.#context = context
    this.#connection = connection
    this.#waiting = new WaitingTickets({ context, connection, queue })
    this.#calls = new ExecutionsWithTools(context, this.#parcels)
    this.#far = { db: context.db, connection, leaving: this.#leaving.signal }
    this.agentRuns = new FarAgentRuns(this.#far)
    this.#sessions = new FarSessions({
      context,
      run: (id, work, signal, near) => this.#run(id, work, signal, near),
      use: (id, work, lost, near) => this.#use(id, work, lost, near),
      forget: (copy) => this.forgetSession(copy),
    })
  }

  async start(): Promise<void> {
    const context = this.#context
    await this.#waiting.ensure()
    // Executions first: those that would end with the service go to others, where they can.
    context.runs.signal.addEventListener('abort', () => this.#leaving.abort(), { once: true })
    this.#answers = new Answers({
      ...{ context, connection: this.#connection, parcels: this.#parcels },
      ticketOf: (id) => this.#waiting.find(id),
      answersCalls: (id) => this.#calls.has(id),
    })
    this.#sweeper = await Sweeper.start({
      context,
      open: () => [...this.#open.keys()],
      gone: (id) => this.#gone(id),
      forget: (copy) => this.forgetSession(copy),
      adopted: (row, begin) => adopt(context, { row, begin, events: (signal) => this.#resumed(row, signal) }),
    })
    this.#waiting.watch()
  }

  runner(id: string, where: ToolPermissions | SessionRow): PythonRunner {
    return {
      stream: (code, options = {}) => {
        const { signal = new AbortController().signal } = options
        const events =
          'allowNet' in where
            ? this.#run(id, workOf(code, options, where), signal)
            : this.#sessions.stream(id, where, { code, options, signal })
        return this.#calls.follow(id, this.#orCancelled(events, signal), { ...options, signal })
      },
    }
  }

  #orCancelled(events: AsyncIterable<ExecutionEvent>, signal: AbortSignal): AsyncIterable<ExecutionEvent> {
    return orCancelled(events, () => this.#context.sandboxes.for({ allowNet: [] }).stream('', { signal }))
  }

  programRunner(): PythonRunner {
    return {
      stream: (code, options = {}) => {
        const { signal = new AbortController().signal } = options
        const work = workOf(code, options, { allowNet: [] })
        const ends = { leaving: this.#leaving.signal, ...this.#timeOf(work) }
        const parts: ProgramParts = {
          context: this.#context,
          given: (id, given, over) => this.#waiting.given(id, given, over),
          events: (id, machine, more) =>
            eventsOf(new MachineLink(this.#connection, machine, id), id, { ...ends, ...more }),
        }
        return this.#orCancelled(runProgram(parts, work, signal), signal)
      },
    }
  }

  #timeOf({ options, interactive }: Pick<Work, 'options' | 'interactive'>) {
    return { timeoutSeconds: options.timeoutSeconds ?? this.#context.policy.maxTimeoutSeconds, interactive }
  }

  filesOf(session: SessionRow): FilesOfSession {
    return this.#sessions.filesOf(session)
  }

  async copySession(from: SessionRow, toId: string): Promise<void> {
    await this.#sessions.copy(from, toId)
  }

  async rewindSession(session: SessionRow, steps: number): Promise<number | null> {
    return await this.#sessions.rewind(session, steps)
  }

  forgetSession(copy: LiveCopy): void {
    this.#waiting.forget(copy)
  }

  async *#run(
    id: string,
    work: Work,
    signal: AbortSignal,
    near: Near | null = null,
  ): AsyncGenerator<ExecutionEvent, void, void> {
    using _open = this.#opened(id)
    const asked = performance.now()
    const machine = await this.#waiting.given(id, work, signal, near)
    if (machine === null) return
    const waitedMs = performance.now() - asked
    const ends = { cancelled: signal, ...this.#timeOf(work) }
    for await (const event of this.#events(id, machine.name, ends)) {
      if (event.type === 'finished') {
        const { usage } = event.result
        Object.assign(usage, { queueMs: usage.queueMs + waitedMs })
      }
      yield event
    }
  }

  async #use(id: string, work: Work, lost: AbortSignal, near: Near | null): Promise<FileOutcome> {
    const over = AbortSignal.any([lost, this.#leaving.signal])
    const machine = await this.#waiting.given(id, work, over, near)
    if (machine === null) throw new UnavailableError('machine')
    return await fileOutcome(new MachineLink(this.#connection, machine.name, id), over)
  }

  async *#resumed(row: ExecutionRow, signal: AbortSignal): AsyncGenerator<ExecutionEvent, void, void> {
    using _open = this.#opened(row.id)
    const ends = { cancelled: signal, ...this.#timeOf({ options: {}, interactive: true }) }
    yield* this.#events(row.id, row.machine ?? '', ends)
  }

  #events(
    id: string,
    machine: string,
    ends: Pick<ReadingEnds, 'cancelled' | 'timeoutSeconds' | 'interactive'>,
  ): AsyncGenerator<ExecutionEvent, void, void> {
    const lost = this.#open.get(id)?.signal ?? new AbortController().signal
    const link = new MachineLink(this.#connection, machine, id)
    const calls = this.#calls.find(id)
    return eventsOf(link, id, { ...ends, lost, leaving: this.#leaving.signal, calls })
  }

  #opened(id: string): Disposable {
    const controller = new AbortController()
    this.#open.set(id, controller)
    return { [Symbol.dispose]: () => void this.#open.delete(id) }
  }

  #gone(id: string): void {
    this.#waiting.find(id)?.lost('it has ended already')
    this.#open.get(id)?.abort()
  }

  follow(row: ExecutionRow, after: number): AsyncGenerator<NumberedEvent, void, void> {
    return followFar(this.#far, row, after)
  }

  async cancel(row: ExecutionRow): Promise<ExecutionRow> {
    return await cancelFar(this.#far, row)
  }

  async giveInput(row: ExecutionRow, line: string | null): Promise<boolean> {
    return await giveInputFar(this.#far, row, line)
  }

  async alive(): Promise<MachineFacts[]> {
    const rows = await machinesAlive(this.#context.db)
    return rows.flatMap(({ name, epoch, seenAt, silentSeconds, facts }) => {
      const told = factsSchema.safeParse(facts)
      return told.success ? [{ name, epoch, seenAt, silentSeconds, ...told.data }] : []
    })
  }

  async leave(): Promise<void> {
    this.#leaving.abort()
    this.#waiting.close()
    this.#answers?.close()
    await this.#sweeper?.leave().catch((error: unknown) => {
      this.#context.logger.warn({ error: loggable(error) }, 'machines.not-left')
    })
    await this.#connection.close()
  }
}

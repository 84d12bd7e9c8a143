import { setTimeout as sleep } from 'node:timers/promises'
import { type AgentRunRow, findAgentRun } from '../../db/queries/agent-runs.ts'
import type { AgentRunEvent } from '../../services/agents/agent-run-events.ts'
import type { ApprovalDecision, ApprovalOutcome } from '../../services/agents/approvals.ts'
import { NotFoundError, UnavailableError } from '../../services/errors.ts'
import type { NumberedEvent } from '../../services/executions/live-run.ts'
import type { AgentRunsElsewhere } from '../../services/executions/machines.ts'
import { decidedSchema, encoded, parsed, type ServiceAsk } from '../messages.ts'
import { serviceSubject } from '../subjects.ts'
import type { FarParts } from './far-executions.ts'
import { MachineLink } from './machine-link.ts'

/** How long who cancels waits for the end; a service that is lost is known as that in less. */
const CANCEL_MS = 20_000
const DECIDE_MS = 5000
const LOOK_MS = 150
/** How often a reader looks whether the run is over, where its service tells nothing. */
const OVER_MS = 2000

/** Runs of agents of other services, which alone have their models, tools and approvals. */
export class FarAgentRuns implements AgentRunsElsewhere {
  readonly #parts: FarParts

  constructor(parts: FarParts) {
    this.#parts = parts
  }

  /** The events after number `after`, as they come; without an end where the service was lost before it told one. */
  async *follow(row: AgentRunRow, after: number): AsyncGenerator<NumberedEvent<AgentRunEvent>, void, void> {
    const { connection } = this.#parts
    const over = this.#untilOver(row.id)
    try {
      const link = new MachineLink(connection, { service: row.instance }, row.id)
      for (let last = after; !over.signal.aborted; await sleep(LOOK_MS)) {
        for await (const [id, wire] of link.events(last, over.signal)) {
          last = id
          // Services are not hostile to each other: it was written by one.
          const event = wire as AgentRunEvent
          yield { id, event }
          if (event.type === 'finished') return
        }
      }
    } finally {
      over[Symbol.dispose]()
    }
  }

  /** Has a run end; resolves with its row when that is recorded. @throws UnavailableError */
  async cancel({ id, instance }: AgentRunRow): Promise<AgentRunRow> {
    const until = AbortSignal.timeout(CANCEL_MS)
    while (!until.aborted) {
      const now = await findAgentRun(this.#parts.db, id)
      if (now === null) throw new NotFoundError('agent-run', id)
      if (now.status !== 'running') return now
      await this.#ask(instance, { op: 'cancel', id })
      await sleep(LOOK_MS)
    }
    throw new UnavailableError('other service')
  }

  /** Decides on a call; null where the run is over. @throws UnavailableError where nobody knows whether it was decided */
  async decide(
    { id, instance }: AgentRunRow,
    call: string,
    { allow, reason }: ApprovalDecision,
  ): Promise<ApprovalOutcome | 'ended' | null> {
    const answer = await this.#ask(instance, {
      ...{ op: 'approve', id, call, allow },
      ...(reason === undefined ? {} : { reason }),
    })
    const read = answer === null ? null : parsed(decidedSchema, answer)
    if (read === null) throw new UnavailableError('other service')
    return read.outcome
  }

  async #ask(service: string, ask: ServiceAsk): Promise<Uint8Array | null> {
    const asked = this.#parts.connection.request(serviceSubject(service), encoded(ask), {
      timeout: DECIDE_MS,
    })
    return await asked.then(({ data }) => data).catch(() => null)
  }

  /** Aborted when the run is over, or this service leaves. */
  #untilOver(id: string): { readonly signal: AbortSignal } & Disposable {
    const { db, leaving } = this.#parts
    const controller = new AbortController()
    let wasOver = false
    const timer = setInterval(async () => {
      const row = await findAgentRun(db, id).catch(() => undefined)
      const isOver = row === null || (row !== undefined && row.status !== 'running')
      // Its service may still be telling the end.
      if (isOver && wasOver) controller.abort()
      wasOver = isOver
    }, OVER_MS).unref()
    const signal = AbortSignal.any([controller.signal, leaving])
    return { signal, [Symbol.dispose]: () => clearInterval(timer) }
  }
}

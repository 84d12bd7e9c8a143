import { interruptAgentRuns } from '../../db/queries/agent-runs.ts'
import { interruptBatches } from '../../db/queries/batches.ts'
import { type ExecutionRow, recordEnd } from '../../db/queries/executions.ts'
import { endedCopies, forgetCopies, type LiveCopy } from '../../db/queries/live-copies.ts'
import {
  adoptExecutions,
  endLease,
  forgetMember,
  goneExecutions,
  interruptDeedless,
  interruptLost,
  joinMember,
  type Lease,
  lostExecutions,
  lostServices,
  openDeedsOfExecutions,
  renewLease,
} from '../../db/queries/members.ts'
import { freePlacesOf } from '../../db/queries/quota-usage.ts'
import { markSessionsInMaking } from '../../db/queries/sessions.ts'
import { loggable } from '../../logger.ts'
import { abandonDeeds } from '../../services/audit/abandon-deeds.ts'
import { type AuditEvent, readLeaf, rowOf } from '../../services/audit/audit-event.ts'
import type { ServiceContext } from '../../services/context.ts'
import { DATABASE_STORE } from '../../services/sessions/given-key.ts'

const EVERY_MS = 1000
const AT_ONCE = 100

/** What the sweeper tells and asks. */
export interface SweeperParts {
  readonly context: ServiceContext
  /** Executions that this service reads from machines, or wants to. */
  open(): readonly string[]
  /** One of these has ended otherwise, or is another service's. */
  gone(id: string): void
  /** A machine may have a session still whose right has ended. */
  forget(copy: LiveCopy): void
  /** This one is this service's now, and goes on. */
  adopted(row: ExecutionRow, begin: AuditEvent): void
}

/** Keeps the lease of this service, and ends what is left of services and machines that have lost theirs. */
export class Sweeper {
  readonly #parts: SweeperParts
  #lease: Lease
  #timer: NodeJS.Timeout
  #sweeping: Promise<void> | null = null

  private constructor(parts: SweeperParts, lease: Lease) {
    this.#parts = parts
    this.#lease = lease
    this.#timer = setInterval(() => void this.sweep(), EVERY_MS)
  }

  /** Takes the lease. */
  static async start(parts: SweeperParts): Promise<Sweeper> {
    const { db, instance: name } = parts.context
    return new Sweeper(parts, await joinMember(db, { name, role: 'service', facts: {} }))
  }

  /** Looks now. Never rejects: the next time comes. */
  async sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep()
      .catch((error: unknown) => {
        this.#parts.context.logger.warn({ error: loggable(error) }, 'machines.sweep-failed')
      })
      .finally(() => {
        this.#sweeping = null
      })
    await this.#sweeping
  }

  /** Gives the lease back: others take over what goes on, at once. */
  async leave(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
    await endLease(this.#parts.context.db, this.#lease)
  }

  async #sweep(): Promise<void> {
    const { context, open, gone, forget, adopted } = this.#parts
    const { db, instance, logger } = context
    if (!(await renewLease(db, this.#lease))) {
      logger.warn({ instance }, 'machines.lease-lost')
      this.#lease = await joinMember(db, { name: instance, role: 'service', facts: {} })
    }
    for (const { row, leaf } of await adoptExecutions(db, instance)) adopted(row, readLeaf(leaf))
    await this.#interrupt(await lostExecutions(db, AT_ONCE))
    for (const id of await interruptDeedless(db, 'The service that had it was taken for lost'))
      logger.warn({ execution: id }, 'execution.interrupted')
    const ended = await endedCopies(db, AT_ONCE)
    for (const copy of ended) forget(copy)
    await forgetCopies(
      db,
      ended.map(({ session }) => session),
    )
    for (const id of await goneExecutions(db, open(), instance)) gone(id)
    for (const { name, isDead } of await lostServices(db)) {
      if (name === instance) continue
      await interruptAgentRuns(db, name)
      await interruptBatches(db, name)
      await freePlacesOf(db, name)
      await markSessionsInMaking(db, { storeId: DATABASE_STORE, instance: name })
      // One that is slow ends what it does, and says so: that its end is not known would be told for good.
      if (!isDead) continue
      await abandonDeeds({ db, instance: name })
      await forgetMember(db, name)
    }
  }

  async #interrupt(rows: readonly ExecutionRow[]): Promise<void> {
    const { db, logger, auditLog, webhooks } = this.#parts.context
    const leaves = await openDeedsOfExecutions(
      db,
      rows.map(({ id }) => id),
    )
    for (const row of rows) {
      const leaf = leaves.get(row.id)
      const failure =
        row.machine === null ? 'The service that had it was lost' : 'The machine that ran it was lost'
      const end = {
        ...{ status: 'interrupted' as const, failure, record: null, recordBytes: 0 },
        ...{ cpuMs: 0, bytes: 0, fileBytes: 0 },
      }
      if (leaf === undefined) await interruptLost(db, row.id, failure)
      else await recordEnd(db, row, { end, event: abandoned(readLeaf(leaf)) })
      logger.warn({ execution: row.id, machine: row.machine }, 'execution.interrupted')
    }
    if (rows.length === 0) return
    auditLog.nudge()
    webhooks.nudge()
  }
}

function abandoned(begin: AuditEvent) {
  return rowOf({ ...begin, phase: 'abandoned', time: new Date().toISOString(), outcome: 'interrupted' })
}

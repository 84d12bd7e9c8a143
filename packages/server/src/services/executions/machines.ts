import type { PythonRunner, PythonSession } from 'agentchat-sandbox'
import type { AgentRunRow } from '../../db/queries/agent-runs.ts'
import type { ExecutionRow } from '../../db/queries/executions.ts'
import type { LiveCopy } from '../../db/queries/live-copies.ts'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { AgentRunEvent } from '../agents/agent-run-events.ts'
import type { ApprovalDecision, ApprovalOutcome } from '../agents/approvals.ts'
import { ServiceError } from '../errors.ts'
import type { ToolPermissions } from '../sandbox-set.ts'
import type { NumberedEvent } from './live-run.ts'

/** A machine as it is shown. */
export interface MachineFacts {
  readonly name: string
  readonly version: string
  readonly slots: number
  readonly running: number
  readonly epoch: number
  /** When it was heard of last, by the clock of the database. */
  readonly seenAt: Date
  /** How long ago that was, in seconds. */
  readonly silentSeconds: number
}

/** What can be done with the files of a session: each use waits for its turn, and a change is kept when it resolves. */
export interface FilesOfSession extends Pick<PythonSession['files'], 'list' | 'stream' | 'remove'> {
  write(name: string, bytes: Uint8Array): Promise<void>
}

/** Runs of agents of other services. */
export interface AgentRunsElsewhere {
  /** The events after number `after`, as they come; without an end where the service was lost. */
  follow(row: AgentRunRow, after: number): AsyncGenerator<NumberedEvent<AgentRunEvent>, void, void>
  /** Has a run end; resolves with its row when that is recorded. */
  cancel(row: AgentRunRow): Promise<AgentRunRow>
  /** Decides on a call; `ended` or null where the run is over. */
  decide(
    row: AgentRunRow,
    call: string,
    decision: ApprovalDecision,
  ): Promise<ApprovalOutcome | 'ended' | null>
}

/** Machines that run code for several services. Who started an execution does not matter: each service reaches each machine. */
export interface Machines {
  /**
   * What runs the execution with this id, which is recorded as queued, on a machine that has room for it: in a fresh
   * interpreter with these permissions, or in a session, after what came before in that.
   */
  runner(executionId: string, where: ToolPermissions | SessionRow): PythonRunner
  /** What runs a program that is no execution of its own, in a fresh interpreter without permissions. */
  programRunner(): PythonRunner
  /** The files of a session. */
  filesOf(session: SessionRow): FilesOfSession
  /** Has a session that is being made hold what another one does, after what came before in that. */
  copySession(from: SessionRow, toId: string): Promise<void>
  /** Has a session be what it was so many steps ago, after what came before in it; gives how far it can where that is less. */
  rewindSession(session: SessionRow, steps: number): Promise<number | null>
  /** Has a machine forget what it may have of a session. Nobody waits for whether that was heard. */
  forgetSession(copy: LiveCopy): void
  /** The events after number `after` of an execution of another service, as they come, to its end. */
  follow(row: ExecutionRow, after: number): AsyncGenerator<NumberedEvent, void, void>
  /** Has an execution of another service end; resolves with its row when that is recorded. */
  cancel(row: ExecutionRow): Promise<ExecutionRow>
  /** Gives an execution that runs on a machine the line that it waits for; false when it waits for none. */
  giveInput(row: ExecutionRow, line: string | null): Promise<boolean>
  readonly agentRuns: AgentRunsElsewhere
  /** Those that have a lease. */
  alive(): Promise<MachineFacts[]>
  /** Gives what still runs to the other services, and leaves. */
  leave(): Promise<void>
}

/** What it ran on was lost, or nobody can know any more what came of it: it is not run again. */
export class RunInterruptedError extends ServiceError {
  readonly code = 'unavailable'
  readonly retryAfterSeconds = 2
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot finish the execution: ${why}`, options)
  }
}

/** A machine told what none of ours tells: it is broken, or somebody has taken it over. */
export class MachineAnswerError extends ServiceError {
  readonly code = 'unavailable'
  readonly retryAfterSeconds = 2
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot take what a machine answers: ${why}`, options)
  }
}

/** It goes on on its machine, and another service records its end. */
export class HandedOverError extends ServiceError {
  readonly code = 'shutting-down'
  readonly retryAfterSeconds = 1
  constructor() {
    super(
      'Cannot wait for the end here: the service is shutting down, and the execution goes on; read it again',
    )
  }
}

import type { JsonSchema } from 'agentchat-sandbox'
import {
  type AgentRunFilter,
  type AgentRunRow,
  type AgentRunSummary,
  agentStepsOf,
  findAgentRun,
  listAgentRuns,
} from '../../db/queries/agent-runs.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ForbiddenError, NotFoundError } from '../errors.ts'
import type { NumberedEvent } from '../executions/live-run.ts'
import { type Action, decide } from '../permission-check.ts'
import type { AgentRunEvent, AgentRunResult } from './agent-run-events.ts'
import type { BranchPoint, GrantedLimits, RecordedInput } from './agent-run-request.ts'
import type { RecordedStep } from './step-record.ts'

export type { AgentRunRow, AgentRunSummary } from '../../db/queries/agent-runs.ts'

/** A tool as a run was given it. */
export interface RecordedTool {
  readonly name: string
  readonly description: string
  readonly parameters: JsonSchema
}

/** What a run was given. */
export interface AgentRunOptions {
  readonly model: { readonly id: string; readonly name: string; readonly model: string }
  readonly tools: readonly RecordedTool[]
  readonly limits: GrantedLimits
  readonly files: readonly RecordedInput[]
  /** Where it goes on from; older records lack it. */
  readonly from?: BranchPoint | undefined
}

/** A run with its steps, as it is recorded: all that is needed to replay it. */
export interface AgentRun extends Omit<AgentRunRow, 'options' | 'result' | 'steps'> {
  readonly options: AgentRunOptions
  readonly result: AgentRunResult | null
  readonly steps: readonly (RecordedStep & { readonly step: number })[]
}

/** The row of a run that the actor may do this with. */
export async function demandAgentRun(
  { db }: ServiceContext,
  actor: Actor,
  { id, action }: { readonly id: string; readonly action: Action },
): Promise<AgentRunRow> {
  const row = await findAgentRun(db, id)
  if (row === null) throw new NotFoundError('agent-run', id)
  demand(actor, action, { resource: 'agent-run', id, ownership: ownershipOf(actor, row.userId) })
  return row
}

/** One run that the actor may see, with its steps. */
export async function readAgentRun(context: ServiceContext, actor: Actor, id: string): Promise<AgentRun> {
  return await withSteps(context, await demandAgentRun(context, actor, { id, action: 'read' }))
}

/** A run with its steps. The casts stand for what was written by us. */
export async function withSteps({ db }: ServiceContext, row: AgentRunRow): Promise<AgentRun> {
  const steps = await agentStepsOf(db, row.id)
  return {
    ...row,
    options: row.options as AgentRunOptions,
    result: row.result as AgentRunResult | null,
    steps: steps.map(({ step, content }) => ({ step, ...(content as RecordedStep) })),
  }
}

/** The runs of the actor; with `all`, for administrators, those of everybody. */
export async function queryAgentRuns(
  { db }: ServiceContext,
  actor: Actor,
  query: {
    readonly all: boolean
    readonly filter: Omit<AgentRunFilter, 'userId'>
    readonly page: PageRequest
  },
): Promise<Page<AgentRunSummary>> {
  const decision = decide(actor, 'read', 'agent-run', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the agent runs: ${decision.reason}`)
  if (query.all && !seesAll(actor, 'agent-run'))
    throw new ForbiddenError('list the agent runs of everybody: only an administrator may')
  const whose = query.all ? {} : { userId: actor.userId }
  return await listAgentRuns(db, { ...query.filter, ...whose }, query.page)
}

/** What happened in a run after event number `after`, as it happens. One that is long over only has its end. */
export async function* agentRunEvents(
  { agentRuns, machines, db }: ServiceContext,
  found: AgentRunRow,
  after: number,
): AsyncGenerator<NumberedEvent<AgentRunEvent>, void, void> {
  const run = agentRuns.find(found.id)
  if (run !== null) {
    yield* run.follow(after)
    return
  }
  let row: AgentRunRow | null = found
  if (row.status === 'running' && machines !== null) {
    for await (const each of machines.agentRuns.follow(row, after)) {
      yield each
      if (each.event.type === 'finished') return
    }
    row = await findAgentRun(db, row.id)
  }
  if (row === null || row.status === 'running') return
  const { status, problem, steps } = row
  // It was written by us.
  const { answer = null, usage = null, seconds = 0 } = (row.result as AgentRunResult | null) ?? {}
  // Readers know no other number for it than one that is higher than all before.
  yield {
    id: Number.MAX_SAFE_INTEGER,
    event: { type: 'finished', status, answer, problem, usage, seconds, steps },
  }
}

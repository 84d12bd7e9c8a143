import {
  type ExecutionFilter,
  type ExecutionRow,
  type ExecutionSummary,
  findExecution,
  isUnfinished,
  listExecutions,
} from '../../db/queries/executions.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../errors.ts'
import { decide } from '../permission-check.ts'
import type { NumberedEvent } from './live-run.ts'
import type { RecordedResult } from './recorded-result.ts'

export type { ExecutionRow } from '../../db/queries/executions.ts'

/** One execution that the actor may see. */
export async function readExecution(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<ExecutionRow> {
  const row = await findExecution(context.db, id)
  if (row === null) throw new NotFoundError('execution', id)
  demand(actor, 'read', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
  return row
}

/** The executions of the actor; with `all`, for administrators, those of everybody. */
export async function queryExecutions(
  context: ServiceContext,
  actor: Actor,
  query: {
    readonly all: boolean
    readonly filter: Omit<ExecutionFilter, 'userId'>
    readonly page: PageRequest
  },
): Promise<Page<ExecutionSummary>> {
  const decision = decide(actor, 'read', 'execution', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the executions: ${decision.reason}`)
  if (query.all && !seesAll(actor, 'execution'))
    throw new ForbiddenError('list the executions of everybody: only an administrator may')
  const whose = query.all ? {} : { userId: actor.userId }
  return await listExecutions(context.db, { ...query.filter, ...whose }, query.page)
}

/** What happened in an execution after event number `after`, as it happens. One that is long over only has its end. */
export async function* executionEvents(
  context: ServiceContext,
  row: ExecutionRow,
  after: number,
): AsyncGenerator<NumberedEvent, void, void> {
  const run = context.runs.find(row.id)
  if (run !== null) {
    yield* run.follow(after)
    return
  }
  if (isUnfinished(row) && context.machines !== null) {
    yield* context.machines.follow(row, after)
    return
  }
  if (row.result === null) return
  // Recorded by us; readers know no other number for it than one that is higher than all before.
  yield {
    id: Number.MAX_SAFE_INTEGER,
    event: { type: 'finished', result: row.result as RecordedResult },
  }
}

/**
 * Gives an execution the line that its code waits for.
 * @throws ConflictError when it waits for none
 */
export async function giveInput(
  context: ServiceContext,
  actor: Actor,
  { id, line }: { readonly id: string; readonly line: string | null },
): Promise<void> {
  const row = await readExecution(context, actor, id)
  // Who may end it may answer it.
  demand(actor, 'delete', { resource: 'execution', id, ownership: ownershipOf(actor, row.userId) })
  if (row.status === 'running' && row.machine !== null && context.machines !== null) {
    if (await context.machines.giveInput(row, line)) return
    throw new ConflictError(`Cannot give input to "${id}": it waits for none`)
  }
  const run = context.runs.find(id)
  if (run === null || run.done) {
    const why = isUnfinished(row) && run === null ? 'another service runs it' : 'it is over'
    throw new ConflictError(`Cannot give input to "${id}": ${why}`)
  }
  if (!run.input.isWaiting) throw new ConflictError(`Cannot give input to "${id}": it waits for none`)
  run.input.give(line)
}

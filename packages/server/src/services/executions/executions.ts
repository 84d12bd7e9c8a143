import {
  type ExecutionFilter,
  type ExecutionRow,
  type ExecutionSummary,
  findExecution,
  listExecutions,
} from '../../db/queries/executions.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ForbiddenError, NotFoundError } from '../errors.ts'
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
  if (row.result === null) return
  // Recorded by us; readers know no other number for it than one that is higher than all before.
  yield {
    id: Number.MAX_SAFE_INTEGER,
    event: { type: 'finished', result: row.result as RecordedResult },
  }
}

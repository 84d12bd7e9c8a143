import { type AgentRunRow, deleteAgentRuns, findAgentRun } from '../../db/queries/agent-runs.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { type AgentRun, withSteps } from './agent-runs.ts'

/**
 * Ends a run that goes on, and gives it as it was recorded then; one that is over is given as it is.
 * @throws ConflictError when another service runs it
 */
export async function cancelAgentRun(context: ServiceContext, actor: Actor, id: string): Promise<AgentRun> {
  const row = await existing(context, id)
  const deed = { action: 'agent-run.cancel', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'agent-run', id, ownership: ownershipOf(actor, row.userId) })
    return await withSteps(context, row.status === 'running' ? await cancel(context, row) : row)
  })
}

/**
 * Ends a run that goes on, as `cancelAgentRun` does; deletes one that is over, with its steps, and gives it for the last
 * time. Its executions and the audit of it stay.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveAgentRun(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<AgentRun> {
  const row = await existing(context, id)
  if (row.status === 'running') return await cancelAgentRun(context, actor, id)
  const deed = { action: 'agent-run.delete', resourceId: id } as const
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'delete', { resource: 'agent-run', id, ownership: ownershipOf(actor, row.userId) })
    const whole = await withSteps(context, row)
    await removeAgentRuns(context, [id])
    return whole
  })
}

/** Nothing is done with what is not there, and nothing is recorded of it. */
async function existing({ db }: ServiceContext, id: string): Promise<AgentRunRow> {
  const row = await findAgentRun(db, id)
  if (row === null) throw new NotFoundError('agent-run', id)
  return row
}

async function cancel(context: ServiceContext, row: AgentRunRow): Promise<AgentRunRow> {
  const { id } = row
  const run = context.agentRuns.find(id)
  if (run === null) {
    if (context.machines !== null) return await context.machines.agentRuns.cancel(row)
    const now = await existing(context, id)
    if (now.status !== 'running') return now
    throw new ConflictError(`Cannot cancel "${id}": another service runs it`)
  }
  run.stop('cancelled')
  return await run.ended
}

/** Deletes runs that are over, with all that is kept of them; gives how many it were. */
export async function removeAgentRuns(
  { db, agentRuns }: ServiceContext,
  ids: readonly string[],
): Promise<number> {
  const gone = await deleteAgentRuns(db, ids)
  for (const id of gone) agentRuns.drop(id)
  return gone.length
}

import { type AgentRunRow, deleteAgentRuns, findAgentRun } from '../../db/queries/agent-runs.ts'
import { type Actor, demand, ownershipOf } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { type AgentRun, withSteps } from './agent-runs.ts'

/**
 * Ends a run that goes on, and gives it as it was recorded then; deletes one that is over, with its steps, and gives it for
 * the last time. Its executions and the audit of it stay.
 * @throws ConflictError when another service runs it
 */
export async function cancelOrRemoveAgentRun(
  context: ServiceContext,
  actor: Actor,
  id: string,
): Promise<AgentRun> {
  const row = await findAgentRun(context.db, id)
  // Nothing is done with what is not there, and nothing is recorded of it.
  if (row === null) throw new NotFoundError('agent-run', id)
  const action = row.status === 'running' ? 'agent-run.cancel' : 'agent-run.delete'
  return await audited(context, { who: actor, deed: { action, resourceId: id } }, async () => {
    demand(actor, 'delete', { resource: 'agent-run', id, ownership: ownershipOf(actor, row.userId) })
    if (row.status === 'running') return await withSteps(context, await cancel(context, row))
    const whole = await withSteps(context, row)
    await removeAgentRuns(context, [id])
    return whole
  })
}

async function cancel({ agentRuns, machines }: ServiceContext, row: AgentRunRow): Promise<AgentRunRow> {
  const { id } = row
  const run = agentRuns.find(id)
  if (run === null) {
    if (machines !== null) return await machines.agentRuns.cancel(row)
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

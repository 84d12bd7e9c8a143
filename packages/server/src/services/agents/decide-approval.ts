import type { Actor } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { type AgentRunRow, demandAgentRun } from './agent-runs.ts'
import type { ApprovalDecision, ApprovalOutcome } from './approvals.ts'

/**
 * Allows or refuses a call that waits in a run.
 * @throws NotFoundError when there was no such call
 * @throws ConflictError when it was decided, nobody waits for it any more, or another service runs it
 */
export async function decideApproval(
  context: ServiceContext,
  actor: Actor,
  { id, call, ...decision }: ApprovalDecision & { readonly id: string; readonly call: string },
): Promise<void> {
  const detail = { call: call.slice(0, 100), allow: decision.allow }
  const deed: Deed = { action: 'agent-run.approve', resourceId: id, detail }
  await audited(context, { who: actor, deed }, async () => {
    const row = await demandAgentRun(context, actor, { id, action: 'update' })
    const refused = (why: string) => new ConflictError(`Cannot decide on the call "${call}": ${why}`)
    const outcome = await decide(context, row, { call, ...decision })
    if (outcome === null)
      throw refused(row.status === 'running' ? 'another service runs it' : 'the run is over')
    if (outcome === 'unknown') throw new NotFoundError('call', call)
    if (outcome === 'ended') throw refused('the run is over')
    if (outcome === 'over') throw refused('it was decided before, or nobody waits for it any more')
  })
}

/** `ended` where the run is about to be over; null where this service does not have it. */
async function decide(
  { agentRuns, machines }: ServiceContext,
  row: AgentRunRow,
  { call, ...decision }: ApprovalDecision & { readonly call: string },
): Promise<ApprovalOutcome | 'ended' | null> {
  const run = agentRuns.find(row.id)
  if (run !== null) return run.stopped === null && !run.done ? run.approvals.decide(call, decision) : 'ended'
  if (row.status !== 'running' || machines === null) return null
  return (await machines.agentRuns.decide(row, call, decision)) ?? 'ended'
}

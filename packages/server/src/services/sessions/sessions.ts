import type { Page, PageRequest } from '../../db/queries/page.ts'
import { findSession, listSessions, type SessionRow, type SessionSummary } from '../../db/queries/sessions.ts'
import { type Actor, demand, ownershipOf, seesAll } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { ForbiddenError, NotFoundError } from '../errors.ts'
import { type Action, decide } from '../permission-check.ts'

export type { SessionRow, SessionSummary } from '../../db/queries/sessions.ts'

/** One session that the actor may do this with. */
export async function demandSession(
  context: ServiceContext,
  actor: Actor,
  { id, action }: { readonly id: string; readonly action: Action },
): Promise<SessionRow> {
  const row = await findSession(context.db, id)
  if (row === null || row.agentRunId !== null) throw new NotFoundError('session', id)
  demand(actor, action, { resource: 'session', id, ownership: ownershipOf(actor, row.userId) })
  return row
}

/** The sessions of the actor; with `all`, for administrators, those of everybody. */
export async function querySessions(
  context: ServiceContext,
  actor: Actor,
  { all, page }: { readonly all: boolean; readonly page: PageRequest },
): Promise<Page<SessionSummary>> {
  const decision = decide(actor, 'read', 'session', 'own')
  if (!decision.allowed) throw new ForbiddenError(`list the sessions: ${decision.reason}`)
  if (all && !seesAll(actor, 'session'))
    throw new ForbiddenError('list the sessions of everybody: only an administrator may')
  return await listSessions(context.db, all ? {} : { userId: actor.userId }, page)
}

/**
 * Where a session is: `live` when this service has it open, so that its next use need not wake it up; of one that machines
 * run, when somebody uses it.
 */
export function whereIs(
  { sessions, machines }: ServiceContext,
  { id, holder }: Pick<SessionRow, 'id' | 'holder'>,
): 'live' | 'at rest' {
  const isLive = machines === null ? sessions.open.isOpen(id) : holder !== null
  return isLive ? 'live' : 'at rest'
}

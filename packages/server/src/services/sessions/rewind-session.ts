import { findSession, type SessionRow } from '../../db/queries/sessions.ts'
import { type Actor, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { keptInDatabase } from './given-key.ts'
import { inOurWords, leaseSession, noteUse } from './session-lease.ts'
import { demandSession } from './sessions.ts'

/**
 * How many steps a session can go back now; 0 for one at rest, but for one that machines run. Executions are steps, and so are changes of files. What it
 * was before the first one is no state to go back to.
 */
export function stepsBack(
  { sessions, machines }: Pick<ServiceContext, 'sessions' | 'machines'>,
  { id, stepsBack }: Pick<SessionRow, 'id' | 'stepsBack'>,
): number {
  if (machines !== null) return stepsBack
  const checkpoints = sessions.live.get(id)?.checkpoints ?? []
  return checkpoints.filter((checkpoint) => checkpoint !== null).length
}

/**
 * Has a session be what it was so many steps ago, after what was asked for before in it. It is kept when this resolves.
 * @throws ConflictError when it cannot go back so far; nothing has changed then
 */
export async function rewindSession(
  context: ServiceContext,
  actor: Actor,
  { id, steps }: { readonly id: string; readonly steps: number },
): Promise<SessionRow> {
  const deed: Deed = { action: 'session.rewind', resourceId: id, detail: { steps } }
  return await audited(context, { who: actor, deed }, async () => {
    const row = await demandSession(context, actor, { id, action: 'execute' })
    await using _place = await context.quotas.enter(quotaHolders(context, actor), actor)
    using _begun = context.runs.begin()
    if (context.machines !== null) {
      const most = await context.machines.rewindSession(keptInDatabase(row), steps)
      if (most !== null) throw tooFar(steps, most)
      return await rewound(context, id)
    }
    demandSteps(context, row, steps)
    try {
      using lease = await leaseSession(context, row)
      using _turn = await context.sessions.turns.enter(id, lease.signal)
      // What came before it in the session may have been going back, too.
      demandSteps(context, row, steps)
      await lease.session.rewind(steps)
      await noteUse(context, id, false)
    } catch (error) {
      throw inOurWords(error)
    }
    return await rewound(context, id)
  })
}

async function rewound({ db }: ServiceContext, id: string): Promise<SessionRow> {
  const row = await findSession(db, id)
  if (row === null) throw new NotFoundError('session', id)
  return row
}

function demandSteps(context: ServiceContext, row: SessionRow, steps: number): void {
  const most = stepsBack(context, row)
  if (steps > most) throw tooFar(steps, most)
}

function tooFar(steps: number, most: number): ConflictError {
  return new ConflictError(
    `Cannot rewind the session by ${steps}: it can go back ${most}; at rest it forgets the way back`,
  )
}

import { findSession, type SessionRow } from '../../db/queries/sessions.ts'
import { type Actor, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ConflictError, NotFoundError } from '../errors.ts'
import { inOurWords, leaseSession, noteUse } from './session-lease.ts'
import { demandSession } from './sessions.ts'

/**
 * How many steps a session can go back now; 0 for one at rest. Executions are steps, and so are changes of files. What it
 * was before the first one is no state to go back to.
 */
export function stepsBack({ sessions }: Pick<ServiceContext, 'sessions'>, id: string): number {
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
    demandSteps(context, { id, steps })
    try {
      using lease = await leaseSession(context, row)
      using _turn = await context.sessions.turns.enter(id, lease.signal)
      // What came before it in the session may have been going back, too.
      demandSteps(context, { id, steps })
      await lease.session.rewind(steps)
      await noteUse(context, id, false)
    } catch (error) {
      throw inOurWords(error)
    }
    const rewound = await findSession(context.db, id)
    if (rewound === null) throw new NotFoundError('session', id)
    return rewound
  })
}

function demandSteps(
  context: ServiceContext,
  { id, steps }: { readonly id: string; readonly steps: number },
) {
  const most = stepsBack(context, id)
  if (steps > most)
    throw new ConflictError(
      `Cannot rewind the session by ${steps}: it can go back ${most}; at rest it forgets the way back`,
    )
}

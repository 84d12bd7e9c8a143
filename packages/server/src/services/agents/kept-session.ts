import type { PythonRunner, PythonSession } from 'agentchat-sandbox'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { leasedExecutor, leaseSession } from '../sessions/session-lease.ts'
import { demandSession } from '../sessions/sessions.ts'

/** What the code of a run is run in, until it is closed. */
export type KeptPython = PythonRunner & Pick<PythonSession, 'close'>

/**
 * A kept session for a run. It is opened now, and leased for each piece of code anew: while the model thinks it may rest, and
 * others may use it.
 * @throws SessionInUseError, SessionUnusableError, ConflictError, OverloadedError, ShuttingDownError
 */
export async function keptSession(
  context: ServiceContext,
  actor: Actor,
  row: SessionRow,
): Promise<KeptPython> {
  const lease = await leaseSession(context, row)
  lease[Symbol.dispose]()
  return {
    async *stream(code, options) {
      // As it is now: it may have been used since, or deleted.
      const now = await demandSession(context, actor, { id: row.id, action: 'execute' })
      yield* leasedExecutor(context, await leaseSession(context, now)).stream(code, options)
    },
    close: async () => {},
  }
}

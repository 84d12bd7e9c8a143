import type { PythonRunner, PythonSession } from 'agentchat-sandbox'
import type { SessionRow } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { keptInDatabase } from '../sessions/given-key.ts'
import { leasedExecutor, leaseSession } from '../sessions/session-lease.ts'
import { demandSession } from '../sessions/sessions.ts'

/** What the code of a run is run in, until it is closed. */
export interface KeptPython {
  /** What runs the execution with this id in it. */
  runner(executionId: string): PythonRunner
  close(): Promise<void>
}

/** A session that is there for the run alone. */
export function ownSession(session: PythonSession): KeptPython {
  return { runner: () => session, close: () => session.close() }
}

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
  // As it is now: it may have been used since, or deleted.
  const now = async () => await demandSession(context, actor, { id: row.id, action: 'execute' })
  const { machines } = context
  if (machines !== null) {
    keptInDatabase(row)
    return {
      runner: (executionId) => ({
        async *stream(code, options) {
          yield* machines.runner(executionId, await now()).stream(code, options)
        },
      }),
      close: async () => {},
    }
  }
  const lease = await leaseSession(context, row)
  lease[Symbol.dispose]()
  const runner: PythonRunner = {
    async *stream(code, options) {
      yield* leasedExecutor(context, await leaseSession(context, await now())).stream(code, options)
    },
  }
  return { runner: () => runner, close: async () => {} }
}

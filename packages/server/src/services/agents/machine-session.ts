import { newId } from '../../db/index.ts'
import { insertSessionOfRun, moveSession } from '../../db/queries/sessions.ts'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import type { Machines } from '../executions/machines.ts'
import { DATABASE_STORE, newSessionKey } from '../sessions/given-key.ts'
import { removeBytes } from '../sessions/remove-session.ts'
import type { KeptPython } from './kept-session.ts'

/**
 * A session on machines for one run, until that is closed: nobody else sees or uses it. Each piece of code may run on another
 * machine; what it leaves is kept in between, and counts as what is kept of sessions does.
 */
export async function machineSession(
  context: ServiceContext,
  { userId, apiKeyId }: Actor,
  { runId, machines }: { readonly runId: string; readonly machines: Machines },
): Promise<KeptPython> {
  const { db, secrets, instance } = context
  const id = newId('ses')
  const row = await insertSessionOfRun(db, {
    ...{ id, userId, apiKeyId, agentRunId: runId, name: null, state: 'ready', instance },
    ...{ storeId: DATABASE_STORE, sealedFor: userId, sealedKey: newSessionKey(secrets, id) },
    ...{ permissions: { allowNet: [] }, limits: {}, redaction: null },
  })
  return {
    runner: (executionId) => machines.runner(executionId, row),
    async close() {
      await moveSession(db, id, { from: 'ready', to: 'deleting' })
      await removeBytes(context, id)
    },
  }
}

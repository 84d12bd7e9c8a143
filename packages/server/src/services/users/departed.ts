import { setTimeout as sleep } from 'node:timers/promises'
import { endedAgentRunsOf, hasAgentRuns } from '../../db/queries/agent-runs.ts'
import { endedBatchesOf, hasBatches } from '../../db/queries/batches.ts'
import { forgetDeparted, listDeparted } from '../../db/queries/departed-users.ts'
import { endedExecutionsOf, hasExecutions } from '../../db/queries/executions.ts'
import { forgetRunSumsOf } from '../../db/queries/run-sums.ts'
import { loggable } from '../../logger.ts'
import { removeAgentRuns } from '../agents/remove-agent-run.ts'
import { removeBatches } from '../batches/remove-batch.ts'
import type { ServiceContext } from '../context.ts'
import { removeExecutions } from '../executions/remove-execution.ts'

const AT_ONCE = 100
/** How long the deletion of a user waits for this; the rest is done in the background. */
const PATIENCE_MS = 10_000

/**
 * Deletes the executions, runs of agents and batches of users who were deleted, with results and files, in small pieces. Never rejects. Broken off, or
 * while another service still runs one, it is gone on with later.
 */
export async function removeDeparted(context: ServiceContext): Promise<void> {
  const { db, runs, agentRuns, batches, space, logger } = context
  try {
    for (const id of await listDeparted(db)) {
      await Promise.all([runs, agentRuns, batches].map((registry) => registry.endedOf(id)))
      for (;;) {
        const some = await endedExecutionsOf(db, id, AT_ONCE)
        if (some.length === 0 || (await removeExecutions(context, some)) === 0) break
        await space.tidy()
      }
      for (;;) {
        const some = await endedAgentRunsOf(db, id, AT_ONCE)
        if (some.length === 0 || (await removeAgentRuns(context, some)) === 0) break
      }
      for (;;) {
        const some = await endedBatchesOf(db, id, AT_ONCE)
        if (some.length === 0 || (await removeBatches(context, some)) === 0) break
        await space.tidy()
      }
      await forgetRunSumsOf(db, id)
      const left = await Promise.all([hasExecutions, hasAgentRuns, hasBatches].map((has) => has(db, id)))
      if (!left.includes(true)) await forgetDeparted(db, id)
    }
  } catch (error) {
    logger.warn({ error: loggable(error) }, 'user.remains-not-removed')
  }
}

/** Waits for some work, but not for ever. */
export async function soon(work: Promise<void>): Promise<void> {
  const waiting = new AbortController()
  const patience = sleep(PATIENCE_MS, undefined, { signal: waiting.signal, ref: false }).catch(() => {})
  await Promise.race([work, patience])
  waiting.abort()
}

import { setTimeout as sleep } from 'node:timers/promises'
import { agentRunsEndedBefore } from '../db/queries/agent-runs.ts'
import {
  deleteAuditBefore,
  deleteIdempotencyKeysBefore,
  deleteSignInsExpiredBefore,
  deleteVerificationsExpiredBefore,
  executionsEndedBefore,
  type OldRows,
} from '../db/queries/retention.ts'
import { loggable } from '../logger.ts'
import { removeAgentRuns } from './agents/remove-agent-run.ts'
import type { ServiceContext } from './context.ts'
import { removeExecutions } from './executions/remove-execution.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** So many rows at once are some milliseconds of the embedded database; others have their turn in between. */
const AT_ONCE = 100
const PAUSE_MS = 5

/**
 * Deletes what was kept long enough: executions with results, files, and what came of telling others; runs of agents; audit
 * entries; idempotency keys; what sign-ins left. In small pieces, until nothing is left or the service closes. Never rejects.
 */
export async function forgetRecords(context: ServiceContext): Promise<void> {
  const { db, policy, runs, space, logger } = context
  const now = Date.now()
  const kinds: readonly [number, (old: OldRows) => Promise<number>][] = [
    [policy.keepExecutionsDays * DAY_MS, async (old) => await removeOld(context, old)],
    [
      policy.keepExecutionsDays * DAY_MS,
      async (old) => await removeAgentRuns(context, await agentRunsEndedBefore(db, old)),
    ],
    [policy.keepAuditDays * DAY_MS, async (old) => await deleteAuditBefore(db, old)],
    [DAY_MS, async (old) => await deleteIdempotencyKeysBefore(db, old)],
    [0, async (old) => await deleteSignInsExpiredBefore(db, old)],
    [0, async (old) => await deleteVerificationsExpiredBefore(db, old)],
  ]
  try {
    for (const [age, remove] of kinds) {
      const old = { before: new Date(now - age), limit: AT_ONCE }
      while (!runs.closing && (await remove(old)) > 0) {
        await space.tidy()
        await sleep(PAUSE_MS, undefined, { ref: false })
      }
    }
  } catch (error) {
    if (!runs.closing) logger.warn({ error: loggable(error) }, 'service.forget-failed')
  }
}

async function removeOld(context: ServiceContext, old: OldRows): Promise<number> {
  return await removeExecutions(context, await executionsEndedBefore(context.db, old))
}

import { setTimeout as sleep } from 'node:timers/promises'
import { agentRunsEndedBefore } from '../db/queries/agent-runs.ts'
import { batchesEndedBefore } from '../db/queries/batches.ts'
import {
  deleteIdempotencyKeysBefore,
  deleteSignInsExpiredBefore,
  deleteVerificationsExpiredBefore,
  executionsEndedBefore,
  type OldRows,
} from '../db/queries/retention.ts'
import { forgetRunFigures } from '../db/queries/run-figures.ts'
import { forgetRunSums } from '../db/queries/run-sums.ts'
import { deleteAttemptsForgottenBefore } from '../db/queries/sign-in-attempts.ts'
import { loggable } from '../logger.ts'
import { removeAgentRuns } from './agents/remove-agent-run.ts'
import { forgetOldEntries } from './audit/forget-old.ts'
import { recordOfService } from './audit/service-deeds.ts'
import { removeBatches } from './batches/remove-batch.ts'
import type { ServiceContext } from './context.ts'
import { removeExecutions } from './executions/remove-execution.ts'

const DAY_MS = 86_400_000
/** So many rows at once are some milliseconds of the embedded database; others have their turn in between. */
const AT_ONCE = 100
const PAUSE_MS = 5

/**
 * Deletes what was kept long enough: executions with results, files, and what came of telling others; runs of agents; batches; audit
 * entries; idempotency keys; what sign-ins left. In small pieces, until nothing is left or the service closes. The audit is
 * told. Never rejects.
 */
export async function forgetRecords(context: ServiceContext): Promise<void> {
  const { db, policy, runs, logger } = context
  const now = Date.now()
  const before = (days: number) => new Date(now - days * DAY_MS)
  const { keepExecutionsDays, keepAuditDays } = policy
  const kinds = {
    executions: [keepExecutionsDays, async (old) => await removeOld(context, old)],
    agentRuns: [
      keepExecutionsDays,
      async (old) => await removeAgentRuns(context, await agentRunsEndedBefore(db, old)),
    ],
    batches: [
      keepExecutionsDays,
      async (old) => await removeBatches(context, await batchesEndedBefore(db, old)),
    ],
    runFigures: [keepExecutionsDays, async (old) => await forgetRunFigures(db, old)],
    runSums: [keepExecutionsDays, async (old) => await forgetRunSums(db, old)],
    idempotencyKeys: [1, async (old) => await deleteIdempotencyKeysBefore(db, old)],
    signInAttempts: [0, async (old) => await deleteAttemptsForgottenBefore(db, old)],
    signIns: [0, async (old) => await deleteSignInsExpiredBefore(db, old)],
    verifications: [0, async (old) => await deleteVerificationsExpiredBefore(db, old)],
  } satisfies Record<string, readonly [number, (old: OldRows) => Promise<number>]>
  const removed: Record<string, number> = {}
  try {
    for (const [kind, [days, remove]] of Object.entries(kinds)) {
      const count = await removeAll(context, remove, before(days))
      if (count > 0) removed[kind] = count
    }
    const auditEntries = await forgetOldEntries(context, before(keepAuditDays))
    if (auditEntries > 0) removed.auditEntries = auditEntries
    if (Object.keys(removed).length > 0) await recordOfService(context, 'retention.remove', removed)
  } catch (error) {
    if (!runs.closing) logger.warn({ error: loggable(error) }, 'service.forget-failed')
  }
}

async function removeAll(
  { runs, space }: ServiceContext,
  remove: (old: OldRows) => Promise<number>,
  before: Date,
): Promise<number> {
  let all = 0
  while (!runs.closing) {
    const some = await remove({ before, limit: AT_ONCE })
    if (some === 0) break
    all += some
    await space.tidy()
    await sleep(PAUSE_MS, undefined, { ref: false })
  }
  return all
}

async function removeOld(context: ServiceContext, old: OldRows): Promise<number> {
  return await removeExecutions(context, await executionsEndedBefore(context.db, old))
}

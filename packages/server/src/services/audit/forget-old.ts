import { setTimeout as sleep } from 'node:timers/promises'
import { insertEvents } from '../../db/queries/audit.ts'
import { auditHeadOf, entryTimes, raiseMinimumIndex } from '../../db/queries/audit-log.ts'
import type { ServiceContext } from '../context.ts'
import { doneAtOnce, SERVICE_ITSELF } from './deed-record.ts'
import { TILE_WIDTH } from './tlog/right-edge.ts'

const PAUSE_MS = 5

/**
 * Deletes entries of the log that were kept long enough: whole bundles, from the first on, and raises the minimum index. The
 * tiles stay, so that everything else can still be proved. That it is done is in the log before it is. Gives how many.
 */
export async function forgetOldEntries(context: ServiceContext, before: Date): Promise<number> {
  const { db, runs, space } = context
  const { minimumIndex } = await auditHeadOf(db)
  let end = minimumIndex
  while (await isOldBundle(context, end, before)) end += TILE_WIDTH
  if (end === minimumIndex) return 0
  const detail = { minimumIndex: end, before: before.toISOString() }
  const deed = { action: 'audit.remove', resourceId: null, detail } as const
  await insertEvents(db, doneAtOnce(context, { who: SERVICE_ITSELF, deed }))
  await context.auditLog.flush()
  let removed = 0
  for (let index = minimumIndex + TILE_WIDTH; index <= end && !runs.closing; index += TILE_WIDTH) {
    removed += await raiseMinimumIndex(db, index)
    await space.tidy()
    await sleep(PAUSE_MS, undefined, { ref: false })
  }
  return removed
}

async function isOldBundle({ db }: ServiceContext, first: number, before: Date): Promise<boolean> {
  const times = await entryTimes(db, { first, end: first + TILE_WIDTH })
  return times.length === TILE_WIDTH && times.every((time) => time < before)
}

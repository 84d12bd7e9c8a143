import { endDeed, openDeedsOf } from '../../db/queries/audit.ts'
import type { ServiceContext } from '../context.ts'
import { type AuditEvent, readLeaf, rowOf } from './audit-event.ts'

const AT_ONCE = 100

/** Records of what the last run of this service left open that its end is not known; gives how many it were. */
export async function abandonDeeds({
  db,
  instance,
}: Pick<ServiceContext, 'db' | 'instance'>): Promise<number> {
  let abandoned = 0
  for (;;) {
    const open = await openDeedsOf(db, instance, AT_ONCE)
    if (open.length === 0) return abandoned
    for (const { leaf } of open) await endDeed(db, abandonedOf(readLeaf(leaf)))
    abandoned += open.length
  }
}

function abandonedOf(begin: AuditEvent) {
  return rowOf({ ...begin, phase: 'abandoned', time: new Date().toISOString(), outcome: 'interrupted' })
}

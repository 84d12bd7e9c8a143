import { insertEvents, type NewAuditEvent } from '../../db/queries/audit.ts'
import { type AuditImportRow, deleteImports, oldestImports } from '../../db/queries/audit-imports.ts'
import type { ServiceContext } from '../context.ts'
import { type DeedFacts, rowOf } from './audit-event.ts'

const AT_ONCE = 200

/**
 * Takes entries over that a version without a log has written: each becomes a beginning and an end that say so. Broken off,
 * it is gone on with at the next start. Gives how many it were.
 */
export async function importOldAudit({
  db,
  auditLog,
  logger,
}: Pick<ServiceContext, 'db' | 'auditLog' | 'logger'>): Promise<number> {
  let imported = 0
  for (;;) {
    const rows = await oldestImports(db, AT_ONCE)
    if (rows.length === 0) break
    await db.transaction(async (tx) => {
      await insertEvents(tx, rows.flatMap(eventsOf))
      await deleteImports(
        tx,
        rows.map(({ id }) => id),
      )
    })
    await auditLog.flush()
    imported += rows.length
  }
  if (imported > 0) logger.info({ entries: imported }, 'audit.imported')
  return imported
}

/** Both halves of what was one row. What was open then has no end that anybody knows. */
function eventsOf(row: AuditImportRow): NewAuditEvent[] {
  const { executionId } = row.detail
  const begun = row.createdAt.toISOString()
  const facts: DeedFacts & { readonly imported: true } = {
    ...{ deed: row.id, instance: row.instance, begun, imported: true },
    ...{ actor: row.actorId, apiKey: row.apiKeyId, source: null, request: row.requestId },
    ...{ action: row.action, resource: row.resourceId, detail: row.detail },
    execution: typeof executionId === 'string' ? executionId : null,
  }
  const isKnown = row.outcome !== 'open' && row.outcome !== 'interrupted'
  return [
    rowOf({ ...facts, phase: 'begin', time: begun, outcome: null }),
    rowOf({
      ...{
        ...facts,
        phase: isKnown ? 'end' : 'abandoned',
        time: (row.closedAt ?? row.createdAt).toISOString(),
      },
      outcome: row.outcome === 'open' ? 'interrupted' : row.outcome,
    }),
  ]
}

import {
  type AnomalyRow,
  type AnomalyState,
  listAnomalies,
  setAnomalyState,
} from '../../db/queries/anomalies.ts'
import type { Page, PageRequest } from '../../db/queries/page.ts'
import { type Actor, demandAdministrator } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'

/** Anomalies, newest first, for an administrator. @throws ForbiddenError */
export async function queryAnomalies(
  context: ServiceContext,
  actor: Actor,
  query: {
    readonly filter: { readonly state?: AnomalyState | undefined; readonly rule?: string | undefined }
    readonly page: PageRequest
  },
): Promise<Page<AnomalyRow>> {
  demandAdministrator(actor, 'read the anomalies')
  return await listAnomalies(context.db, query.filter, query.page)
}

/**
 * Says what an administrator thinks of an anomaly. Of one that is acknowledged nothing is done any more, one that is
 * dismissed is not even logged; both are counted on.
 * @throws ForbiddenError, NotFoundError
 */
export async function judgeAnomaly(
  context: ServiceContext,
  actor: Actor,
  { id, state }: { readonly id: string; readonly state: AnomalyState },
): Promise<AnomalyRow> {
  demandAdministrator(actor, 'judge anomalies')
  const deed = { action: 'anomaly.judge', resourceId: id, detail: { state } } as const
  return await audited(context, { who: actor, deed }, async () => {
    const row = await setAnomalyState(context.db, id, state)
    if (row === null) throw new NotFoundError('anomaly', id)
    return row
  })
}

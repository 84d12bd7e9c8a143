import { insertEvents } from '../../db/queries/audit.ts'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../context.ts'
import type { DeedAction } from '../deeds.ts'
import { doneAtOnce, SERVICE_ITSELF } from './deed-record.ts'

/** What the service does by itself. */
type ServiceDeed =
  | 'service.start'
  | 'service.recover'
  | 'service.stop'
  | 'secrets.rotate'
  | 'quotas.mend'
  | 'retention.remove'
  | 'api-key.throttle'
  | 'tool.disable'

/** Records what the service does by itself. Never rejects: a start on a full disk is what makes room there. */
export async function recordOfService(
  context: Pick<ServiceContext, 'db' | 'instance' | 'listed' | 'auditLog' | 'logger'>,
  action: Extract<DeedAction, ServiceDeed>,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const deed = { action, resourceId: null, detail }
  try {
    await insertEvents(context.db, doneAtOnce(context, { who: SERVICE_ITSELF, deed }))
    context.auditLog.nudge()
  } catch (error) {
    context.logger.error({ action, error: loggable(error) }, 'audit.not-recorded')
  }
}

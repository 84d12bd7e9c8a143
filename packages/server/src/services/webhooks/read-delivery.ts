import { findWebhookDelivery, type WebhookDeliveryRow } from '../../db/queries/webhook-deliveries.ts'
import type { Actor } from '../actor.ts'
import type { ServiceContext } from '../context.ts'
import { NotFoundError } from '../errors.ts'
import { readExecution } from '../executions/executions.ts'

/** What came of telling that an execution is over. */
export async function readWebhookDelivery(
  context: ServiceContext,
  actor: Actor,
  executionId: string,
): Promise<WebhookDeliveryRow> {
  await readExecution(context, actor, executionId)
  const row = await findWebhookDelivery(context.db, executionId)
  if (row === null) throw new NotFoundError('webhook', executionId)
  return row
}

import { findExecution } from '../../db/queries/executions.ts'
import type { WebhookDeliveryRow } from '../../db/queries/webhook-deliveries.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { NotFoundError, ToolCallError } from '../errors.ts'
import { sendRequest } from '../tools/openapi/send-request.ts'
import { signedHeaders } from './sign-message.ts'
import { webhookKey } from './webhook-request.ts'

const TIMEOUT_MS = 5000
/** What is answered is not kept, but has to be read for the status. */
const MAX_RESPONSE_BYTES = 65_536

/**
 * Sends the message that an execution is over: what it came to, not what it printed, which is read with the
 * credentials of the user. Goes where `openapi` tools may go, and follows no redirect.
 * @throws ToolCallError when there is no answer
 */
export async function sendWebhook(
  context: ServiceContext,
  { executionId, url, secret, attempts }: WebhookDeliveryRow,
  signal: AbortSignal,
): Promise<number> {
  const row = await findExecution(context.db, executionId)
  if (row === null) throw new NotFoundError('execution', executionId)
  const key = webhookKey(context.secrets.open(secret, executionId))
  if (key === null) throw new ToolCallError('the secret of the webhook cannot be used')
  const who = {
    ...{ userId: row.userId, apiKeyId: row.apiKeyId, source: null },
    requestId: `webhook-${executionId}`,
  }
  const target = new URL(url)
  const deed: Deed = {
    action: 'webhook.deliver',
    resourceId: executionId,
    detail: { host: target.host, attempt: attempts },
  }
  const { id, userId, toolId, status, failure, cpuMs, createdAt, finishedAt } = row
  const sentAt = new Date()
  const body = JSON.stringify({
    type: 'execution.finished',
    timestamp: sentAt.toISOString(),
    data: { id, userId, toolId, status, failure, cpuMs, createdAt, finishedAt },
  })
  return await audited(context, { who, deed }, async () => {
    const headers = signedHeaders(key, { id: `msg_${executionId}`, sentAt, body })
    const request = { method: 'POST', url: target, headers, body, secretHeaders: [] }
    const limits = {
      ...{ timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_RESPONSE_BYTES, maxRedirects: 0 },
      ...{ holder: row.userId, signal },
    }
    return (await sendRequest(context.netGuard, request, limits)).status
  })
}

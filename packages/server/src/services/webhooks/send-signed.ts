import { createNetGuard } from 'agentchat-sandbox'
import { sendRequest } from '../tools/openapi/send-request.ts'
import { signedHeaders } from './sign-message.ts'

const TIMEOUT_MS = 5000
const MAX_RESPONSE_BYTES = 65_536

/** Who is told something by the service itself, and what signs it. */
export interface SignedReceiver {
  readonly url: string
  readonly key: Uint8Array
}

/** Sends one message, signed as Standard Webhooks says. Rejects when it is not taken. */
export async function sendSigned(
  { url, key }: SignedReceiver,
  {
    id,
    type,
    data,
    holder,
  }: { readonly id: string; readonly type: string; readonly data: unknown; readonly holder: string },
): Promise<void> {
  const sentAt = new Date()
  const body = JSON.stringify({ type, timestamp: sentAt.toISOString(), data })
  const target = new URL(url)
  // The operator has named it, wherever it is.
  const guard = createNetGuard({ allow: [target.host] })
  const headers = signedHeaders(key, { id, sentAt, body })
  const limits = { timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_RESPONSE_BYTES, maxRedirects: 0 }
  const request = { method: 'POST', url: target, headers, body, secretHeaders: [] }
  const { status } = await sendRequest(guard, request, { ...limits, holder })
  if (status < 200 || status > 299) throw new Error(`the answer was ${status}`)
}

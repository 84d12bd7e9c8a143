import { createHmac } from 'node:crypto'

/** A message that is about to be sent. */
export interface WebhookMessage {
  /** The same at every attempt. */
  readonly id: string
  readonly sentAt: Date
  readonly body: string
}

/** The headers by which the receiver knows a message (Standard Webhooks): HMAC-SHA256 over its id, its time and its body. */
export function signedHeaders(key: Uint8Array, { id, sentAt, body }: WebhookMessage) {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}

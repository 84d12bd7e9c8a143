/** Who is to be told when an execution is over. */
export interface WebhookRequest {
  /** Where to; http or https. */
  readonly url: string
  /** What the message is signed with: `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string
}

const PREFIX = 'whsec_'
const MIN_BYTES = 24
const MAX_BYTES = 64

/** The bytes of a secret, or null when it is none (Standard Webhooks). */
export function webhookKey(secret: string): Buffer | null {
  if (!secret.startsWith(PREFIX)) return null
  // Filling at the end says nothing; no more than two characters of it are any.
  const text = secret.slice(PREFIX.length).replace(/={1,2}$/, '')
  const key = Buffer.from(text, 'base64')
  // What is no base64 is passed over when it is read, so that only what comes back the same was some.
  if (key.toString('base64').replace(/={1,2}$/, '') !== text) return null
  return key.length >= MIN_BYTES && key.length <= MAX_BYTES ? key : null
}

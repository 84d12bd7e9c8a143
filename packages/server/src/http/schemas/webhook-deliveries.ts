import { z } from '@hono/zod-openapi'
import { time } from './fields.ts'

export const webhookDeliverySchema = z
  .object({
    url: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    lastStatus: z.int().nullable().openapi({ description: 'What the receiver answered last' }),
    lastError: z.string().nullable(),
    nextAttemptAt: time.nullable(),
    endedAt: time.nullable(),
  })
  .openapi('WebhookDelivery')

/** What of a stored delivery is told. */
export function presentDelivery(row: {
  readonly url: string
  readonly status: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly lastStatus: number | null
  readonly lastError: string | null
  readonly nextAttemptAt: Date
  readonly endedAt: Date | null
}): z.output<typeof webhookDeliverySchema> {
  const { url, status, attempts, lastStatus, lastError, nextAttemptAt, endedAt } = row
  return {
    ...{ url, status, attempts, lastStatus, lastError },
    nextAttemptAt: status === 'pending' ? nextAttemptAt.toISOString() : null,
    endedAt: endedAt?.toISOString() ?? null,
  }
}

import { z } from '@hono/zod-openapi'
import { time } from './fields.ts'

const OUTCOMES = ['open', 'success', 'error', 'refused', 'interrupted'] as const

export const auditEntrySchema = z
  .object({
    ...{ id: z.string(), actorId: z.string().nullable(), apiKeyId: z.string().nullable() },
    requestId: z.string().nullable(),
    action: z.string().openapi({ example: 'tool.create' }),
    resourceId: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    detail: z.looseObject({}),
    ...{ createdAt: time, closedAt: time.nullable() },
  })
  .openapi('AuditEntry')

/** What of a stored entry is told. */
export function presentAuditEntry(row: {
  readonly id: string
  readonly actorId: string | null
  readonly apiKeyId: string | null
  readonly requestId: string | null
  readonly action: string
  readonly resourceId: string | null
  readonly outcome: (typeof OUTCOMES)[number]
  readonly detail: unknown
  readonly createdAt: Date
  readonly closedAt: Date | null
}): z.output<typeof auditEntrySchema> {
  const { id, actorId, apiKeyId, requestId, action, resourceId, outcome, detail, createdAt, closedAt } = row
  return {
    ...{ id, actorId, apiKeyId, requestId, action, resourceId, outcome },
    // Written by ourselves, always as an object.
    detail: detail as Record<string, unknown>,
    createdAt: createdAt.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
  }
}

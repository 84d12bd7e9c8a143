import { z } from '@hono/zod-openapi'
import type { AuditedDeed } from '../../services/audit.ts'
import { time } from './fields.ts'

export const OUTCOMES = ['open', 'success', 'error', 'refused', 'interrupted'] as const

export const auditEntrySchema = z
  .object({
    ...{ id: z.string(), actorId: z.string().nullable(), apiKeyId: z.string().nullable() },
    requestId: z.string().nullable(),
    source: z.string().nullable().openapi({ description: 'The address that the request came from' }),
    action: z.string().openapi({ example: 'tool.create' }),
    resourceId: z.string().nullable(),
    executionId: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    detail: z.looseObject({}),
    run: z.looseObject({}).nullable().openapi({
      description: 'Of an execution: code, limits, walls, what was granted, used and denied, usage',
    }),
    index: z
      .int()
      .nullable()
      .openapi({ description: 'Its place in the log; null while it is under way, and for a second after' }),
    ...{ createdAt: time, closedAt: time.nullable() },
  })
  .openapi('AuditEntry')

/** What of a deed is told. */
export function presentAuditEntry({ event, ...row }: AuditedDeed): z.output<typeof auditEntrySchema> {
  const { apiKey, request, source = null, detail, run, begun, time } = event
  const { id, actorId, action, resourceId, executionId, outcome, index } = row
  return {
    ...{ id, actorId, apiKeyId: apiKey, requestId: request, source, action, resourceId, executionId },
    ...{
      outcome: outcome ?? 'open',
      detail: { ...detail },
      run: run === undefined ? null : { ...run },
      index,
    },
    ...{ createdAt: begun, closedAt: outcome === null ? null : time },
  }
}

/** What came of a verification. */
export const auditReportSchema = z
  .object({
    ok: z.boolean(),
    origin: z.string().nullable().openapi({ description: 'The name of the log' }),
    size: z.int().openapi({ description: 'Entries that the signed head covers' }),
    minimumIndex: z.int().openapi({ description: 'Entries before it were kept long enough' }),
    since: z
      .int()
      .openapi({ description: 'Entries from this one on were read again; the tree was built anew whole' }),
    checked: z.int(),
    waiting: z.int().openapi({ description: 'Recorded, and in no head yet: nothing proves them' }),
    trust: z.enum(['none', 'key', 'external']).openapi({
      description:
        'Who must not have lied: "none": anybody with the database; "key": anybody with database and key; ' +
        '"external": nobody up to the last head that was told to the outside',
    }),
    heads: z.int().openapi({ description: 'Heads from outside that the log agrees with' }),
    handovers: z.int().openapi({ description: 'How often one key has handed the log over to the next' }),
    problems: z.array(z.object({ index: z.int().nullable(), problem: z.string() })),
  })
  .openapi('AuditReport')

/** The signed head of the log. */
export const auditHeadSchema = z
  .object({
    ...{ size: z.int(), minimumIndex: z.int() },
    checkpoint: z.string().nullable().openapi({ description: 'Signed (C2SP: tlog-checkpoint)' }),
    key: z.string().openapi({ description: 'What verifies it (C2SP: vkey)' }),
    handovers: z.array(z.string()).openapi({
      description: 'The last head of each earlier key, which names that key and the next, signed by both',
    }),
  })
  .openapi('AuditHead')

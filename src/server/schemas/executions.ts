import { z } from '@hono/zod-openapi'
import { json, text, time } from './fields.ts'

const DAY_SECONDS = 86_400
const MAX_CODE_CHARS = 2 ** 20
const STATUSES = ['running', 'success', 'error', 'cancelled', 'interrupted', 'failed'] as const

export const executionStatus = z.enum(STATUSES)

export const newExecutionSchema = z
  .strictObject({
    code: text(MAX_CODE_CHARS).openapi({ description: 'Python' }),
    timeoutSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    cpuSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    memoryLimitMb: z.number().min(40).max(4096).optional(),
    globals: z
      .record(z.string().regex(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u, 'must be a Python identifier'), json)
      .optional()
      .openapi({ description: 'Names that the code finds defined' }),
    args: z.array(z.string()).max(1000).optional(),
    stdin: z.string().optional(),
  })
  .openapi('NewExecution', { example: { code: 'print("hi")\n6 * 7', timeoutSeconds: 5 } })

const errorSchema = z.object({
  kind: z.string(),
  name: z.string(),
  message: z.string(),
  traceback: z.string(),
  line: z.number().nullable(),
  hint: z.string().nullable(),
})

/** The result of an execution, as the library gives it. */
export const resultSchema = z
  .looseObject({
    status: z.enum(['success', 'error']),
    result: json,
    stdout: z.string(),
    stderr: z.string(),
    error: errorSchema.nullable(),
    executionTime: z.number(),
    usage: z.looseObject({ wallMs: z.number(), cpuMs: z.number() }),
    truncated: z.object({ stdout: z.boolean(), stderr: z.boolean(), result: z.boolean() }),
  })
  .openapi('CodeExecutionResult')

const summaryShape = {
  ...{ id: z.string(), userId: z.string(), toolId: z.string().nullable(), toolVersion: z.int().nullable() },
  status: executionStatus,
  failure: z.string().nullable().openapi({ description: 'Why the service could not run it' }),
  ...{ cpuMs: z.number(), createdAt: time, finishedAt: time.nullable() },
}

export const executionSummarySchema = z.object(summaryShape).openapi('ExecutionSummary')

export const executionSchema = z
  .object({ ...summaryShape, code: z.string(), result: resultSchema.nullable() })
  .openapi('Execution')

interface SummaryRow {
  readonly id: string
  readonly userId: string
  readonly toolId: string | null
  readonly toolVersion: number | null
  readonly status: (typeof STATUSES)[number]
  readonly failure: string | null
  readonly cpuMs: number
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** What of a stored execution is told in a list. */
export function presentSummary(row: SummaryRow): z.output<typeof executionSummarySchema> {
  const { id, userId, toolId, toolVersion, status, failure, cpuMs, createdAt, finishedAt } = row
  return {
    ...{ id, userId, toolId, toolVersion, status, failure, cpuMs },
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}

/** What of a stored execution is told. */
export function presentExecution(
  row: SummaryRow & { readonly code: string; readonly result: unknown },
): z.output<typeof executionSchema> {
  // It was written from a result of the library, and is passed on as it is.
  const result = row.result as z.output<typeof resultSchema> | null
  return { ...presentSummary(row), code: row.code, result }
}

import { z } from '@hono/zod-openapi'
import { problemOfFileName } from 'agentchat-sandbox'
import { REDACTIONS } from '../../services/executions/redaction-policy.ts'
import { webhookKey } from '../../services/webhooks/webhook-request.ts'
import { json, named, text, time } from './fields.ts'
import { requestSecrets } from './secrets.ts'

const DAY_SECONDS = 86_400
const MAX_CODE_CHARS = 2 ** 20
const MAX_FILES = 1000
const STATUSES = ['queued', 'running', 'success', 'error', 'cancelled', 'interrupted', 'failed'] as const

export const executionStatus = z.enum(STATUSES)

const path = z
  .string()
  .superRefine((name, context) => {
    const message = problemOfFileName(name)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
  .openapi({ description: 'Relative to the working folder', example: 'data/sales.csv' })

const inputFile = z
  .union(
    [
      z.strictObject({ path, text: z.string() }),
      z.strictObject({ path, base64: z.base64('must be base64') }),
    ],
    'must be an object with "path" and either "text" or "base64"',
  )
  .openapi('InputFile', { example: { path: 'data/sales.csv', text: 'day,amount\nmonday,3\n' } })

/** Files that code finds in its working folder. */
export const inputFiles = z
  .array(inputFile)
  .max(MAX_FILES)
  .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'name a file twice')
  .optional()
  .openapi({ description: 'Files that the code finds in its working folder' })

export const redaction = z.enum(REDACTIONS).openapi({
  description:
    'What is taken out of what comes back: the secrets that are known, or also what has the shape of one; never less than the policy of the service',
})

const permissions = z.strictObject({ allowNet: z.array(z.string().max(300)).max(100).default([]) })

const webhookRequest = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .max(2000)
      .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), 'must not hold a password')
      .openapi({ example: 'https://example.com/hooks/python' }),
    secret: z
      .string()
      .max(200)
      .refine((text) => webhookKey(text) !== null, 'must be "whsec_" and 24 to 64 bytes in base64')
      .openapi({ example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', description: 'Written, never read' }),
  })
  .openapi('WebhookRequest', {
    description: 'Who is told when the run is over, by a message signed as Standard Webhooks says',
  })

export const newExecutionSchema = z
  .strictObject({
    code: text(MAX_CODE_CHARS).openapi({ description: 'Python' }),
    timeoutSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    cpuSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    memoryLimitMb: z.number().min(40).max(4096).optional(),
    globals: named(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u, 'must be a Python identifier', json)
      .optional()
      .openapi({ description: 'Names that the code finds defined' }),
    args: z.array(z.string()).max(1000).optional(),
    stdin: z.string().optional(),
    interactive: z.boolean().optional().openapi({
      description: 'Does "input()" wait for "POST /executions/{id}/input"? Not together with "stdin"',
    }),
    permissions: permissions.optional().openapi({
      description:
        'What the code may do beside computing, as far as the policy goes; in a session that of the session holds',
    }),
    secrets: requestSecrets.optional(),
    redaction: redaction.optional(),
    files: inputFiles,
    webhook: webhookRequest.optional().openapi({ description: 'Only with "Prefer: respond-async"' }),
  })
  .refine(({ stdin, interactive }) => stdin === undefined || interactive !== true, {
    path: ['interactive'],
    message: 'not together with "stdin"',
  })
  .openapi('NewExecution', { example: { code: 'print("hi")\n6 * 7', timeoutSeconds: 5 } })

/** A request to run code. */
export type NewExecution = z.output<typeof newExecutionSchema>

/** Files by their names, as the services take them. */
export function filesOf(files: z.output<typeof inputFiles>): Record<string, Uint8Array | string> | undefined {
  if (files === undefined) return undefined
  return Object.fromEntries(
    files.map((file) => [file.path, 'text' in file ? file.text : Buffer.from(file.base64, 'base64')]),
  )
}

const resultFile = z.object({
  ...{ path: z.string(), size: z.int(), mime: z.string(), sha256: z.string().nullable() },
  change: z.enum(['created', 'changed', 'deleted']),
  secret: z.enum(['taken-out', 'left-in']).optional(),
  kept: z.boolean().openapi({ description: 'Can its contents be read, until they are deleted?' }),
})

const display = z.object({ mime: z.string(), data: json, metadata: z.record(z.string(), json) })

const reason = z.object({ reason: z.string() })

const errorSchema = z.object({
  kind: z.string(),
  name: z.string(),
  message: z.string(),
  traceback: z.string(),
  line: z.number().nullable(),
  hint: z.string().nullable(),
})

const leftOut = z.object({
  bytes: z.int().min(0).openapi({ description: 'Of the JSON of the whole' }),
  fields: z.array(z.string()).openapi({ description: 'Those that were cut' }),
  displays: z.int().min(0).openapi({ description: 'How many are without their data' }),
  kept: z.boolean().openapi({
    description: 'Is the whole at "GET /executions/{id}/result", as long as its files are kept?',
  }),
})

const usageSample = z.object({
  ...{ wallMs: z.number(), cpuMs: z.number(), memoryBytes: z.int() },
  pythonHeapBytes: z.int().nullable().openapi({ description: 'With what is free in it' }),
})

/** The result of an execution, as the library gives it. */
export const resultSchema = z
  .looseObject({
    status: z.enum(['success', 'error']),
    result: json,
    resultText: z
      .string()
      .nullable()
      .openapi({ description: 'What Python shows of the result: its repr, of a long one head and tail' }),
    stdout: z.string(),
    stderr: z.string(),
    error: errorSchema.nullable(),
    executionTime: z.number(),
    usage: z.looseObject({ wallMs: z.number(), cpuMs: z.number() }),
    timeline: z
      .array(usageSample)
      .optional()
      .openapi({ description: 'What it took while it ran, at even distances: fewer than 60 samples' }),
    files: z.array(resultFile),
    displays: z.array(display),
    sessionRestored: reason
      .nullable()
      .optional()
      .openapi({ description: 'Why a session goes on from an earlier state' }),
    sessionUnsaved: reason
      .nullable()
      .optional()
      .openapi({ description: 'Why this execution is not in what is kept' }),
    redactions: z
      .record(z.string(), z.int().min(1))
      .optional()
      .openapi({ description: 'How often something secret was taken out, by rule' }),
    truncated: z
      .object({
        ...{ stdout: z.boolean(), stderr: z.boolean(), result: z.boolean() },
        ...{ files: z.int().min(0), displays: z.int().min(0), permissions: z.int().min(0).optional() },
        record: leftOut.optional().openapi({ description: 'Where the row does not hold all of a result' }),
      })
      .openapi({ description: 'What was left out: whether some of it was cut, or how many there were' }),
  })
  .openapi('CodeExecutionResult')

const summaryShape = {
  ...{ id: z.string(), userId: z.string(), toolId: z.string().nullable(), toolVersion: z.int().nullable() },
  sessionId: z.string().nullable().openapi({ description: 'The session that it ran in' }),
  status: executionStatus,
  failure: z.string().nullable().openapi({ description: 'Why the service could not run it' }),
  ...{ cpuMs: z.number(), createdAt: time, finishedAt: time.nullable() },
}

export const executionSummarySchema = z.object(summaryShape).openapi('ExecutionSummary')

export const executionSchema = z
  .object({ ...summaryShape, code: z.string(), result: z.union([resultSchema, z.null()]) })
  .openapi('Execution')

export const newFrameSchema = z
  .object({
    url: z.string().openapi({ description: 'For the "src" of one frame: good once, and for a minute' }),
  })
  .openapi('NewFrame')

export const inputLineSchema = z
  .strictObject({
    line: z
      .string()
      .max(32_768)
      .nullable()
      .openapi({ description: 'Without its end; null for the end of the input' }),
  })
  .openapi('InputLine', { example: { line: 'Ada' } })

interface SummaryRow {
  readonly id: string
  readonly userId: string
  readonly toolId: string | null
  readonly toolVersion: number | null
  readonly sessionId: string | null
  readonly status: (typeof STATUSES)[number]
  readonly failure: string | null
  readonly cpuMs: number
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** What of a stored execution is told in a list. */
export function presentSummary(row: SummaryRow): z.output<typeof executionSummarySchema> {
  const { id, userId, toolId, toolVersion, sessionId, status, failure, cpuMs, createdAt, finishedAt } = row
  return {
    ...{ id, userId, toolId, toolVersion, sessionId, status, failure, cpuMs },
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

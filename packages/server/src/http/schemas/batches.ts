import { setImmediate } from 'node:timers/promises'
import { z } from '@hono/zod-openapi'
import type { BatchOptions, BatchRequest, WantedProgram } from '../../services/batches/batch-request.ts'
import type { BatchRow, ProgramRow } from '../../services/batches/batches.ts'
import { InvalidRequestError, type Problem } from '../../services/errors.ts'
import { resultSchema } from './executions.ts'
import { text, time } from './fields.ts'

const DAY_SECONDS = 86_400
const MAX_PROGRAMS = 10_000
const MAX_CODE_CHARS = 2 ** 20
const MAX_CONCURRENCY = 64

const limits = {
  timeoutSeconds: z.number().positive().max(DAY_SECONDS).optional(),
  cpuSeconds: z.number().positive().max(DAY_SECONDS).optional(),
  memoryLimitMb: z.number().min(40).max(4096).optional(),
}

const code = text(MAX_CODE_CHARS)

const programSchema = z
  .union([
    code,
    z.strictObject({
      code: code.openapi({ description: 'Python' }),
      args: z.array(z.string()).max(1000).optional(),
      stdin: z.string().optional(),
      ...limits,
    }),
  ])
  .openapi('BatchProgram', {
    description: 'The code, or the code with what it is given',
    example: { code: 'print(int(input()) * 2)', stdin: '21' },
  })

/** Its programs are looked at one after the other, in turns with other requests: there may be ten thousand. */
export const newBatchSchema = z
  .strictObject({
    programs: z
      .array(z.any())
      .min(1)
      .max(MAX_PROGRAMS)
      .openapi({ type: 'array', items: { $ref: '#/components/schemas/BatchProgram' } }),
    ...limits,
    concurrency: z.int().min(1).max(MAX_CONCURRENCY).default(1).openapi({
      description: 'How many run at a time; each takes a place of "concurrent-executions"',
    }),
  })
  .openapi('NewBatch', {
    description: 'Limits hold for each program that has none of its own',
    example: { programs: ['print(1)', { code: 'print(input())', stdin: 'two' }], timeoutSeconds: 5 },
  })

/** For the description of the service, which has to name it. */
export const batchProgramSchema = programSchema

const TURN_PROGRAMS = 100
const MAX_PROBLEMS = 50

/**
 * What is wanted, in the words of the services.
 * @throws InvalidRequestError
 */
export async function batchRequestOf(
  { programs, concurrency, ...limits }: z.output<typeof newBatchSchema>,
  idempotencyKey: string | undefined,
): Promise<BatchRequest> {
  const wanted: WantedProgram[] = []
  const problems: Problem[] = []
  for (const [index, program] of programs.entries()) {
    if (index > 0 && index % TURN_PROGRAMS === 0) await setImmediate()
    const parsed = programSchema.safeParse(program)
    if (parsed.success) wanted.push(typeof parsed.data === 'string' ? { code: parsed.data } : parsed.data)
    else problems.push(...problemsOf(index, parsed.error, program))
    if (problems.length >= MAX_PROBLEMS) break
  }
  if (problems.length > 0) throw new InvalidRequestError(problems.slice(0, MAX_PROBLEMS))
  return { programs: wanted, limits, concurrency, idempotencyKey }
}

/** Of the two forms that a program may have, that counts which was tried. */
function problemsOf(index: number, error: z.ZodError, program: unknown): Problem[] {
  const at = (path: readonly PropertyKey[]) => ['programs', index, ...path].map(String).join('.')
  const [union] = error.issues
  const form = typeof program === 'string' ? 0 : 1
  const isForm = typeof program === 'string' || (typeof program === 'object' && program !== null)
  // Where one of the forms fits but for what is said of it, that is all that is said.
  const tried = union?.code === 'invalid_union' ? union.errors[form] : error.issues
  const issues = isForm ? tried : undefined
  if (issues === undefined) return [{ path: at([]), problem: 'must be code, or an object with "code"' }]
  return issues.map(({ path, message }) => ({ path: at(path), problem: message }))
}

export const batchSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    status: z.enum(['running', 'finished', 'cancelled', 'interrupted', 'failed']),
    problem: z.string().nullable().openapi({ description: 'Why programs were left that did not run' }),
    programs: z.int().openapi({ description: 'How many there are' }),
    done: z.int().openapi({ description: 'How many have run' }),
    succeeded: z.int().openapi({ description: 'How many of these succeeded' }),
    cpuMs: z.number(),
    concurrency: z.int(),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .openapi('Batch')

/** What of a stored batch is told. */
export function presentBatch(row: BatchRow): z.output<typeof batchSchema> {
  const { id, userId, status, problem, programs, done, succeeded, cpuMs, createdAt, finishedAt } = row
  // It was written by us.
  const { concurrency } = row.options as BatchOptions
  return {
    ...{ id, userId, status, problem, programs, done, succeeded, cpuMs, concurrency },
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }
}

export const programResultSchema = z
  .object({
    index: z.int().openapi({ description: 'Of the program, from 0 on' }),
    status: z.enum(['success', 'error', 'failed']),
    failure: z.string().nullable().openapi({ description: 'Why it could not be run' }),
    /** What files hold is not kept. */
    result: z.union([resultSchema, z.null()]),
  })
  .openapi('BatchProgramResult')

/** What became of a program, as JSON on one line; its result is JSON already. */
export function programJson({ index, status, failure, result }: ProgramRow): string {
  return `${JSON.stringify({ index, status, failure }).slice(0, -1)},"result":${result ?? 'null'}}`
}

import { z } from '@hono/zod-openapi'
import { redaction } from './executions.ts'
import { text, time } from './fields.ts'

const DAY_SECONDS = 86_400

const name = text(200, 1).nullable()
const limits = z
  .strictObject({
    timeoutSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    cpuSeconds: z.number().positive().max(DAY_SECONDS).optional(),
    memoryLimitMb: z.number().min(40).max(4096).optional(),
  })
  .openapi({ description: 'What each execution gets, and at most' })
const permissions = z
  .strictObject({ allowNet: z.array(z.string().max(300)).max(100).default([]) })
  .openapi({ description: 'What its code may do beside computing, as far as the policy goes' })

export const newSessionSchema = z
  .strictObject({
    name: name.optional(),
    permissions: permissions.optional(),
    limits: limits.optional(),
    redaction: redaction.optional(),
    from: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .openapi({ description: 'The session that it goes on from, with its permissions and limits' }),
  })
  .openapi('NewSession', { example: { name: 'sales of May', limits: { timeoutSeconds: 30 } } })

export const forkSchema = z
  .strictObject({ name: name.optional() })
  .openapi('Fork', { example: { name: 'sales of May, another way' } })

export const rewindSchema = z
  .strictObject({ steps: z.int().min(1).max(1000).default(1) })
  .openapi('Rewind', { example: { steps: 1 } })

const summaryShape = {
  ...{ id: z.string(), userId: z.string(), name: z.string().nullable() },
  state: z.enum(['live', 'at rest']).openapi({
    description: 'Does this service have it open? Of one that machines run: does somebody use it now?',
  }),
  bytes: z.int().openapi({ description: 'Of what is kept of it' }),
  ...{ permissions, limits, redaction: redaction.nullable(), createdAt: time, lastUsedAt: time },
}

export const sessionSummarySchema = z.object(summaryShape).openapi('SessionSummary')

const content = z
  .object({
    ...{ savedAt: time, pythonVersion: z.string() },
    heapBytes: z.int().openapi({ description: 'Of its memory, before compression' }),
    fileBytes: z.int().openapi({ description: 'Of its files, before compression' }),
    files: z.int(),
    packages: z.array(z.object({ name: z.string(), version: z.string() })),
    names: z.array(z.object({ name: z.string(), type: z.string(), size: z.int() })),
    moreNames: z.int().openapi({ description: 'How many names there are beside these' }),
  })
  .openapi({ description: 'What its last save holds, as its code tells; null before the first one' })

export const sessionSchema = z
  .object({
    ...summaryShape,
    stepsBack: z.int().openapi({
      description:
        'How far it can be rewound now: executions and changes of files are steps; 0 at rest, but for one that machines run',
    }),
    content: content.nullable(),
  })
  .openapi('Session')

interface SummaryRow {
  readonly id: string
  readonly userId: string
  readonly name: string | null
  readonly bytes: number
  readonly permissions: unknown
  readonly limits: unknown
  readonly redaction: z.output<typeof redaction> | null
  readonly createdAt: Date
  readonly lastUsedAt: Date
}

type State = z.output<typeof sessionSummarySchema>['state']

/** What of a stored session is told in a list. */
export function presentSessionSummary(row: SummaryRow, state: State): z.output<typeof sessionSummarySchema> {
  const { id, userId, bytes, createdAt, lastUsedAt } = row
  return {
    ...{ id, userId, name: row.name, state, bytes },
    // They were checked before they were stored.
    permissions: row.permissions as z.output<typeof permissions>,
    limits: row.limits as z.output<typeof limits>,
    redaction: row.redaction,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
  }
}

/** What the library keeps of a session, as far as it is told. */
interface Metadata {
  readonly lastModified: string
  readonly pythonVersion: string
  readonly sizes: { readonly heapBytes: number; readonly fileBytes: number; readonly files: number }
  readonly packages: z.output<typeof content>['packages']
  readonly names: z.output<typeof content>['names']
  readonly moreNames: number
}

/** What of a stored session is told. */
export function presentSession(
  row: SummaryRow & { readonly metadata: unknown },
  { state, stepsBack }: { readonly state: State; readonly stepsBack: number },
): z.output<typeof sessionSchema> {
  const summary = { ...presentSessionSummary(row, state), stepsBack }
  if (row.metadata === null) return { ...summary, content: null }
  // It was written from metadata of the library.
  const { lastModified, sizes, pythonVersion, packages, names, moreNames } = row.metadata as Metadata
  const { heapBytes, fileBytes, files } = sizes
  const told = { pythonVersion, heapBytes, fileBytes, files, packages, names, moreNames }
  return { ...summary, content: { savedAt: lastModified, ...told } }
}

export const sessionFileSchema = z
  .object({
    name: z.string(),
    type: z.enum(['file', 'folder', 'link', 'other']),
    size: z.int(),
    modifiedAt: time,
  })
  .openapi('SessionFile')

export const writtenFileSchema = z
  .object({ path: z.string(), size: z.int(), sha256: z.string() })
  .openapi('WrittenFile')

/** What of a file in a session is told. */
export function presentSessionFile(file: {
  readonly name: string
  readonly type: z.output<typeof sessionFileSchema>['type']
  readonly size: number
  readonly modified: number
}): z.output<typeof sessionFileSchema> {
  const { name, type, size, modified } = file
  return { name, type, size, modifiedAt: momentOf(modified) }
}

/** Code may set any time, also one that no calendar has. */
function momentOf(milliseconds: number): string {
  const moment = new Date(milliseconds)
  const isUsual = Math.abs(milliseconds) < Date.UTC(9999, 0) && !Number.isNaN(moment.getTime())
  return (isUsual ? moment : new Date(0)).toISOString()
}

import { createRoute, z } from '@hono/zod-openapi'
import { auditHead, exportAudit, verifyAudit } from '../../services/audit/audit-use-cases.ts'
import { LINE_FORMATS } from '../../services/audit/export/export-lines.ts'
import { queryAudit } from '../../services/audit.ts'
import { streamed } from '../json-stream.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import {
  auditEntrySchema,
  auditHeadSchema,
  auditReportSchema,
  OUTCOMES,
  presentAuditEntry,
} from '../schemas/audit.ts'
import { digits, idQuery, listOf, pageOf, pageQuery, text } from '../schemas/fields.ts'

const indexQuery = z.preprocess(digits, z.int().min(0).optional()).openapi({ example: 0 })
const moment = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .optional()

const list = createRoute({
  ...{ method: 'get', path: '/audit', tags: ['Audit'], security: secured, operationId: 'listAudit' },
  summary: 'List audit entries, newest first',
  description: 'Your own; administrators see all.',
  request: {
    query: pageQuery.extend({
      actorId: idQuery,
      action: z
        .string()
        .regex(/^[a-z.-]{1,64}$/)
        .optional(),
      resourceId: idQuery,
      outcome: z.enum(OUTCOMES).optional().openapi({ description: '"open": what is under way' }),
      since: moment.openapi({ description: 'From this moment on, by when it began' }),
      until: moment.openapi({ description: 'Before this moment' }),
      text: text(200, 1).optional().openapi({
        description:
          'Is in the entry. A page may be short and have a next one all the same: 1,000 are read for each.',
      }),
    }),
  },
  responses: { 200: jsonAnswer('Some entries', listOf(auditEntrySchema)), ...problems() },
})

const verify = createRoute({
  ...{
    method: 'post',
    path: '/audit/verify',
    tags: ['Audit'],
    security: secured,
    operationId: 'verifyAudit',
  },
  summary: 'Verify the log',
  description:
    'For administrators. Builds the tree anew and holds it against its signed head; reads entries from "since" on, by ' +
    'default the last 100,000. The command "audit verify" does the same without the service.',
  request: { query: z.object({ since: indexQuery }) },
  responses: { 200: jsonAnswer('What came of it', auditReportSchema), ...problems(409) },
})

const head = createRoute({
  ...{ method: 'get', path: '/audit/head', tags: ['Audit'], security: secured, operationId: 'readAuditHead' },
  summary: 'Read the signed head of the log, and the key that verifies it and every proof',
  responses: { 200: jsonAnswer('The head', auditHeadSchema), ...problems() },
})

const lines = { schema: z.string() }
const exported = createRoute({
  ...{ method: 'get', path: '/audit/export', tags: ['Audit'], security: secured, operationId: 'exportAudit' },
  summary: 'Export the log, oldest first',
  description:
    'For administrators. "jsonl": an entry a line, byte for byte as it was hashed; "csv": its columns. The command ' +
    '"audit export" also writes tiles and bundles, for verifiers.',
  request: { query: z.object({ format: z.enum(LINE_FORMATS).default('jsonl'), from: indexQuery }) },
  responses: {
    200: { description: 'The entries', content: { 'application/jsonl': lines, 'text/csv': lines } },
    ...problems(),
  },
})

/** Who did what. */
export function auditRoutes() {
  return createRouter()
    .openapi(list, async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query')
      const query = { filter, page: pageOf({ limit, cursor }) }
      const { items, next } = await queryAudit(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentAuditEntry), nextCursor: next }, 200)
    })
    .openapi(verify, async (c) => {
      const { since } = c.req.valid('query')
      const report = await verifyAudit(c.get('deps').services, c.get('actor'), since)
      return c.json({ ...report, problems: [...report.problems] }, 200)
    })
    .openapi(head, async (c) => c.json(await auditHead(c.get('deps').services, c.get('actor')), 200))
    .openapi(exported, async (c) => {
      const { format, from = 0 } = c.req.valid('query')
      const pieces = await exportAudit(c.get('deps').services, c.get('actor'), { format, from })
      return streamed(c, pieces, { type: format === 'csv' ? 'text/csv' : 'application/jsonl' }) as never
    })
}

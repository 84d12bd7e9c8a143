import { createRoute, z } from '@hono/zod-openapi'
import { queryAudit } from '../../services/audit.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { auditEntrySchema, presentAuditEntry } from '../schemas/audit.ts'
import { idQuery, listOf, pageOf, pageQuery } from '../schemas/fields.ts'

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
    }),
  },
  responses: { 200: jsonAnswer('Some entries', listOf(auditEntrySchema)), ...problems() },
})

/** Who did what. */
export function auditRoutes() {
  return createRouter().openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const query = { filter, page: pageOf({ limit, cursor }) }
    const { items, next } = await queryAudit(c.get('deps').services, c.get('actor'), query)
    return c.json({ items: items.map(presentAuditEntry), nextCursor: next }, 200)
  })
}

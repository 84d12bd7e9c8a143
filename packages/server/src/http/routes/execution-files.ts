import { createRoute, z } from '@hono/zod-openapi'
import { proveExecution } from '../../services/audit/audit-use-cases.ts'
import { readExecutionFile, removeExecutionFiles } from '../../services/executions/execution-files.ts'
import { readWebhookDelivery } from '../../services/webhooks/read-delivery.ts'
import { fileAnswer } from '../file-answer.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam } from '../schemas/fields.ts'
import { presentDelivery, webhookDeliverySchema } from '../schemas/webhook-deliveries.ts'

const tags = ['Executions']
const params = idParam('exe')
const bytes = { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } }

const read = createRoute({
  ...{ method: 'get', path: '/executions/{id}/files/{path}', tags, security: secured },
  operationId: 'readExecutionFile',
  summary: 'Read a file that an execution made',
  description:
    'Ranges ("Range: bytes=0-99") and "If-None-Match" are understood. A "/" in the path may stand as it is or as "%2F".',
  request: {
    params: params.extend({
      path: z
        .string()
        .min(1)
        .openapi({ param: { name: 'path', in: 'path' }, example: 'total.txt' }),
    }),
  },
  responses: {
    200: { description: 'The file', content: bytes },
    206: { description: 'Part of the file', content: bytes },
    304: { description: 'The file is what you have' },
    ...problems(404, 410, 416, 429),
  },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/executions/{id}/files', tags, security: secured },
  operationId: 'deleteExecutionFiles',
  summary: 'Delete the files of an execution, which makes room for others',
  request: { params },
  responses: { 204: { description: 'They are gone' }, ...problems(404, 409) },
})

const webhook = createRoute({
  ...{ method: 'get', path: '/executions/{id}/webhook', tags, security: secured },
  operationId: 'readWebhookDelivery',
  summary: 'Read what came of the webhook of an execution',
  request: { params },
  responses: { 200: jsonAnswer('The delivery', webhookDeliverySchema), ...problems(404) },
})

const PROOF = 'c2sp.org/tlog-proof@v1\nextra eyJ2IjoxfQ==\nindex 4711\n...'

const proof = createRoute({
  ...{ method: 'get', path: '/executions/{id}/proof', tags, security: secured },
  operationId: 'proveExecution',
  summary: 'Read the proof that an execution is in the audit log',
  description:
    'Text (C2SP: tlog-proof) that can be checked later without the service, with the key of "GET /audit/head": the entry ' +
    'stands in the line "extra". While the execution runs it is that of its beginning.',
  request: { params },
  responses: {
    200: { description: 'The proof', content: { 'text/plain': { schema: z.string(), example: PROOF } } },
    ...problems(404),
  },
})

/** What an execution leaves beside its result. */
export function executionFileRoutes() {
  const router = createRouter()
    .openapi(read, async (c) => {
      const wanted = c.req.valid('param')
      return fileAnswer(c, await readExecutionFile(c.get('deps').services, c.get('actor'), wanted)) as never
    })
    .openapi(remove, async (c) => {
      await removeExecutionFiles(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.body(null, 204)
    })
    .openapi(webhook, async (c) => {
      const { id } = c.req.valid('param')
      const row = await readWebhookDelivery(c.get('deps').services, c.get('actor'), id)
      return c.json(presentDelivery(row), 200)
    })
    .openapi(proof, async (c) => {
      const { id } = c.req.valid('param')
      return c.text(await proveExecution(c.get('deps').services, c.get('actor'), id), 200)
    })
  // The same with every "/" as it is, which a description of OpenAPI has no word for.
  router.get('/executions/:id/files/:path{.+}', async (c) => {
    const wanted = { id: c.req.param('id'), path: c.req.param('path') }
    return fileAnswer(c, await readExecutionFile(c.get('deps').services, c.get('actor'), wanted))
  })
  return router
}

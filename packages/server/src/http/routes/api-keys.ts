import { createRoute, z } from '@hono/zod-openapi'
import { createApiKey, queryApiKeys, removeApiKey } from '../../services/users/api-keys.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'
import { apiKeySchema, createdApiKeySchema, newApiKeySchema, presentApiKey } from '../schemas/users.ts'

const tags = ['API keys']

const create = createRoute({
  ...{ method: 'post', path: '/api-keys', tags, security: secured, operationId: 'createApiKey' },
  summary: 'Create an API key',
  description:
    'The key is in this answer and is never told again. A key that expires, or has quotas of its own, makes no other one.',
  request: { body: jsonBody(newApiKeySchema) },
  responses: { 201: jsonAnswer('The key', createdApiKeySchema), ...problems(429) },
})

const list = createRoute({
  ...{ method: 'get', path: '/api-keys', tags, security: secured, operationId: 'listApiKeys' },
  summary: 'List API keys, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
    }),
  },
  responses: { 200: jsonAnswer('Some keys', listOf(apiKeySchema)), ...problems() },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/api-keys/{id}', tags, security: secured, operationId: 'deleteApiKey' },
  summary: 'Withdraw an API key',
  request: { params: idParam('key') },
  responses: { 204: { description: 'The key is not valid any more' }, ...problems(404) },
})

/** Keys for programs. */
export function apiKeyRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const { expiresAt, ...wanted } = c.req.valid('json')
      const request = { ...wanted, expiresAt: expiresAt === null ? null : new Date(expiresAt) }
      const row = await createApiKey(c.get('deps').services, c.get('actor'), request)
      return c.json({ ...presentApiKey(row), key: row.key }, 201)
    })
    .openapi(list, async (c) => {
      const { scope, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', page: pageOf(page) }
      const { items, next } = await queryApiKeys(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentApiKey), nextCursor: next }, 200)
    })
    .openapi(remove, async (c) => {
      await removeApiKey(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.body(null, 204)
    })
}

import { createRoute } from '@hono/zod-openapi'
import { querySecrets, removeSecret, setSecret } from '../../services/secrets/secrets.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam } from '../schemas/fields.ts'
import {
  newSecretSchema,
  presentSecret,
  secretListSchema,
  secretParams,
  secretSchema,
} from '../schemas/secrets.ts'

const ofTool = { tags: ['Tools'], security: secured }
const ofSession = { tags: ['Sessions'], security: secured }
const listed = {
  responses: { 200: jsonAnswer('Its secrets, by name', secretListSchema), ...problems(404) },
}
const set = {
  description:
    'Code finds a placeholder in the variable of that name; the value is put into requests to its hosts alone, and is ' +
    'never answered. A new one replaces the old one, with its hosts and places.',
  responses: { 200: jsonAnswer('The secret, without its value', secretSchema), ...problems(404, 409) },
}
const gone = { responses: { 204: { description: 'It is gone' }, ...problems(404) } }
const body = jsonBody(newSecretSchema)

const listOfTool = createRoute({
  ...{ method: 'get', path: '/tools/{id}/secrets', operationId: 'listToolSecrets', ...ofTool, ...listed },
  summary: 'List the secrets of a tool, without their values',
  request: { params: idParam('tool') },
})
const setOfTool = createRoute({
  ...{ method: 'put', path: '/tools/{id}/secrets/{name}', operationId: 'setToolSecret', ...ofTool, ...set },
  summary: 'Give a tool a secret that its code uses and never sees',
  request: { params: secretParams('tool'), body },
})
const removeOfTool = createRoute({
  ...{ method: 'delete', path: '/tools/{id}/secrets/{name}', operationId: 'deleteToolSecret', ...ofTool },
  ...gone,
  summary: 'Delete a secret of a tool',
  request: { params: secretParams('tool') },
})
const listOfSession = createRoute({
  ...{ method: 'get', path: '/sessions/{id}/secrets', operationId: 'listSessionSecrets', ...ofSession },
  ...listed,
  summary: 'List the secrets of a session, without their values',
  request: { params: idParam('ses') },
})
const setOfSession = createRoute({
  ...{ method: 'put', path: '/sessions/{id}/secrets/{name}', operationId: 'setSessionSecret', ...ofSession },
  ...set,
  summary: 'Give a session a secret that its code uses and never sees',
  request: { params: secretParams('ses'), body },
})
const removeOfSession = createRoute({
  ...{ method: 'delete', path: '/sessions/{id}/secrets/{name}', ...ofSession, ...gone },
  operationId: 'deleteSessionSecret',
  summary: 'Delete a secret of a session',
  request: { params: secretParams('ses') },
})

/** Secrets of tools and sessions: written, never read. */
export function secretRoutes() {
  return createRouter()
    .openapi(listOfTool, async (c) => {
      const owner = { toolId: c.req.valid('param').id }
      const rows = await querySecrets(c.get('deps').services, c.get('actor'), owner)
      return c.json({ items: rows.map(presentSecret), nextCursor: null }, 200)
    })
    .openapi(setOfTool, async (c) => {
      const { id, name } = c.req.valid('param')
      const wanted = { owner: { toolId: id }, name, secret: c.req.valid('json') }
      return c.json(presentSecret(await setSecret(c.get('deps').services, c.get('actor'), wanted)), 200)
    })
    .openapi(removeOfTool, async (c) => {
      const { id, name } = c.req.valid('param')
      await removeSecret(c.get('deps').services, c.get('actor'), { owner: { toolId: id }, name })
      return c.body(null, 204)
    })
    .openapi(listOfSession, async (c) => {
      const owner = { sessionId: c.req.valid('param').id }
      const rows = await querySecrets(c.get('deps').services, c.get('actor'), owner)
      return c.json({ items: rows.map(presentSecret), nextCursor: null }, 200)
    })
    .openapi(setOfSession, async (c) => {
      const { id, name } = c.req.valid('param')
      const wanted = { owner: { sessionId: id }, name, secret: c.req.valid('json') }
      return c.json(presentSecret(await setSecret(c.get('deps').services, c.get('actor'), wanted)), 200)
    })
    .openapi(removeOfSession, async (c) => {
      const { id, name } = c.req.valid('param')
      await removeSecret(c.get('deps').services, c.get('actor'), { owner: { sessionId: id }, name })
      return c.body(null, 204)
    })
}

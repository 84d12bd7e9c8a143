import { createRoute, z } from '@hono/zod-openapi'
import type { ServiceContext } from '../../services/context.ts'
import { createSession } from '../../services/sessions/create-session.ts'
import { removeSession } from '../../services/sessions/remove-session.ts'
import { rewindSession, stepsBack } from '../../services/sessions/rewind-session.ts'
import { demandSession, querySessions, type SessionRow, whereIs } from '../../services/sessions/sessions.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { runAnswer, runAnswers, runHeaders } from '../run-answer.ts'
import { problems, secured } from '../schemas/answers.ts'
import { newExecutionSchema } from '../schemas/executions.ts'
import { idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'
import {
  forkSchema,
  newSessionSchema,
  presentSession,
  presentSessionSummary,
  rewindSchema,
  sessionSchema,
  sessionSummarySchema,
} from '../schemas/sessions.ts'

const tags = ['Sessions']
const params = idParam('ses')

const create = createRoute({
  ...{ method: 'post', path: '/sessions', tags, security: secured, operationId: 'createSession' },
  summary: 'Create a session: Python that remembers',
  description: 'A new one has run nothing and takes no room. With "from" it goes on from another session.',
  request: { body: jsonBody(newSessionSchema) },
  responses: { 201: jsonAnswer('The session', sessionSchema), ...problems(404, 409, 429) },
})

const list = createRoute({
  ...{ method: 'get', path: '/sessions', tags, security: secured, operationId: 'listSessions' },
  summary: 'List sessions, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
    }),
  },
  responses: { 200: jsonAnswer('Some sessions', listOf(sessionSummarySchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/sessions/{id}', tags, security: secured, operationId: 'readSession' },
  summary: 'Read what a session is and what it holds',
  request: { params },
  responses: { 200: jsonAnswer('The session', sessionSchema), ...problems(404) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/sessions/{id}', tags, security: secured, operationId: 'deleteSession' },
  summary: 'Delete a session for ever; what runs in it is cancelled',
  request: { params },
  responses: { 204: { description: 'It is gone' }, ...problems(404, 409) },
})

const fork = createRoute({
  ...{ method: 'post', path: '/sessions/{id}/fork', tags, security: secured, operationId: 'forkSession' },
  summary: 'Create a session that goes on from what another one is now',
  request: { params, body: jsonBody(forkSchema) },
  responses: { 201: jsonAnswer('The new session', sessionSchema), ...problems(404, 409, 429) },
})

const rewind = createRoute({
  ...{ method: 'post', path: '/sessions/{id}/rewind', tags, security: secured, operationId: 'rewindSession' },
  summary: 'Have a session be what it was some steps ago',
  description:
    'After what was asked for before in it. Executions and changes of files are steps. The way back is known while the ' +
    'session is live, and always where machines run it: "stepsBack" says how far it goes.',
  request: { params, body: jsonBody(rewindSchema) },
  responses: { 200: jsonAnswer('The session as it is now', sessionSchema), ...problems(404, 409, 429) },
})

const execute = createRoute({
  ...{ method: 'post', path: '/sessions/{id}/executions', tags, security: secured },
  operationId: 'executeInSession',
  summary: 'Run Python in a session',
  description:
    'As "POST /executions", after what was asked for before in this session. It finds what executions before it left; ' +
    'what it leaves is kept before its result is given, unless "sessionUnsaved" of the result says why not.',
  request: { params, headers: runHeaders, body: jsonBody(newExecutionSchema) },
  responses: runAnswers,
})

/** Python that remembers. */
export function sessionRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const { services } = c.get('deps')
      const row = await createSession(services, c.get('actor'), c.req.valid('json'))
      c.header('Location', `/api/v1/sessions/${row.id}`)
      return c.json(told(services, row), 201)
    })
    .openapi(list, async (c) => {
      const { services } = c.get('deps')
      const { scope, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', page: pageOf(page) }
      const { items, next } = await querySessions(services, c.get('actor'), query)
      const told = items.map((row) => presentSessionSummary(row, whereIs(services, row)))
      return c.json({ items: told, nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const { services } = c.get('deps')
      const wanted = { id: c.req.valid('param').id, action: 'read' } as const
      const row = await demandSession(services, c.get('actor'), wanted)
      return c.json(told(services, row), 200)
    })
    .openapi(remove, async (c) => {
      await removeSession(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.body(null, 204)
    })
    .openapi(fork, async (c) => {
      const { services } = c.get('deps')
      const wish = { ...c.req.valid('json'), from: c.req.valid('param').id }
      const row = await createSession(services, c.get('actor'), wish)
      c.header('Location', `/api/v1/sessions/${row.id}`)
      return c.json(told(services, row), 201)
    })
    .openapi(rewind, async (c) => {
      const { services } = c.get('deps')
      const wanted = { id: c.req.valid('param').id, steps: c.req.valid('json').steps }
      return c.json(told(services, await rewindSession(services, c.get('actor'), wanted)), 200)
    })
    .openapi(execute, async (c) => {
      const wanted = { id: c.req.valid('param').id, action: 'execute' } as const
      const session = await demandSession(c.get('deps').services, c.get('actor'), wanted)
      return await runAnswer(c, { body: c.req.valid('json'), headers: c.req.valid('header'), session })
    })
}

/** What is told of one session. */
function told(services: ServiceContext, row: SessionRow) {
  return presentSession(row, { state: whereIs(services, row), stepsBack: stepsBack(services, row) })
}

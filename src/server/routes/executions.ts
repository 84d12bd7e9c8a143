import { createRoute, z } from '@hono/zod-openapi'
import { InvalidRequestError } from '../../services/errors.ts'
import {
  cancelExecution,
  executionEvents,
  queryExecutions,
  readExecution,
} from '../../services/executions/executions.ts'
import { startExecution } from '../../services/executions/start-execution.ts'
import { eventStream, lastEventId, untilEnded, wantsEvents } from '../event-stream.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import {
  executionSchema,
  executionStatus,
  executionSummarySchema,
  filesOf,
  newExecutionSchema,
  presentExecution,
  presentSummary,
} from '../schemas/executions.ts'
import { idParam, idQuery, listOf, pageOf, pageQuery } from '../schemas/fields.ts'

const tags = ['Executions']
const events = {
  'text/event-stream': { schema: z.string().openapi({ description: 'Events, the last is "finished"' }) },
}
const execution = { 'application/json': { schema: executionSchema } }

const create = createRoute({
  ...{ method: 'post', path: '/executions', tags, security: secured, operationId: 'createExecution' },
  summary: 'Run Python',
  description:
    'Answers when the run is over. With "Accept: text/event-stream" it answers with events as they happen, with ' +
    '"Prefer: respond-async" at once. The same "Idempotency-Key" within a day is the same run.',
  request: {
    headers: z.object({
      'idempotency-key': z
        .string()
        .regex(/^[\x21-\x7e]{1,200}$/)
        .optional(),
      prefer: z.string().optional(),
    }),
    body: jsonBody(newExecutionSchema),
  },
  responses: {
    200: { description: 'The run is over', content: { ...execution, ...events } },
    202: jsonAnswer('The run goes on; read it at "Location"', executionSchema),
    ...problems(409, 429),
  },
})

const list = createRoute({
  ...{ method: 'get', path: '/executions', tags, security: secured, operationId: 'listExecutions' },
  summary: 'List executions, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
      status: executionStatus.optional(),
      toolId: idQuery,
    }),
  },
  responses: { 200: jsonAnswer('Some executions', listOf(executionSummarySchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/executions/{id}', tags, security: secured, operationId: 'readExecution' },
  summary: 'Read an execution',
  request: { params: idParam('exe') },
  responses: { 200: jsonAnswer('The execution', executionSchema), ...problems(404) },
})

const follow = createRoute({
  ...{
    method: 'get',
    path: '/executions/{id}/events',
    tags,
    security: secured,
    operationId: 'followExecution',
  },
  summary: 'Follow an execution',
  description:
    'Events from the beginning, or after "Last-Event-ID". Of a run that is long over only its end is left.',
  request: { params: idParam('exe') },
  responses: { 200: { description: 'Events', content: events }, ...problems(404) },
})

const cancel = createRoute({
  ...{ method: 'delete', path: '/executions/{id}', tags, security: secured, operationId: 'cancelExecution' },
  summary: 'Cancel an execution',
  description: 'Answers when it has ended. One that is over already is left as it is.',
  request: { params: idParam('exe') },
  responses: { 200: jsonAnswer('The execution as it ended', executionSchema), ...problems(404, 409) },
})

/** Running code. */
export function executionRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const { services } = c.get('deps')
      const { code, files, webhook, ...options } = c.req.valid('json')
      const { 'idempotency-key': idempotencyKey, prefer = '' } = c.req.valid('header')
      const inBackground = /\brespond-async\b/.test(prefer)
      if (webhook !== undefined && !inBackground)
        throw new InvalidRequestError([{ path: 'webhook', problem: 'needs "Prefer: respond-async"' }])
      const wanted = { code, options, files: filesOf(files), webhook, idempotencyKey }
      const { row, run } = await startExecution(services, c.get('actor'), wanted)
      c.header('Location', `/api/v1/executions/${row.id}`)
      if (inBackground) {
        run?.detach()
        c.header('Preference-Applied', 'respond-async')
        return c.json(presentExecution(row), 202)
      }
      if (wantsEvents(c)) return eventStream(c, executionEvents(services, row, lastEventId(c)), run) as never
      const ended = run === null ? row : await untilEnded(c, run)
      return c.json(presentExecution(ended ?? row), 200)
    })
    .openapi(list, async (c) => {
      const { scope, status, toolId, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', filter: { status, toolId }, page: pageOf(page) }
      const { items, next } = await queryExecutions(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentSummary), nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const row = await readExecution(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.json(presentExecution(row), 200)
    })
    .openapi(follow, async (c) => {
      const { services } = c.get('deps')
      const row = await readExecution(services, c.get('actor'), c.req.valid('param').id)
      return eventStream(
        c,
        executionEvents(services, row, lastEventId(c)),
        services.runs.find(row.id),
      ) as never
    })
    .openapi(cancel, async (c) => {
      const row = await cancelExecution(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.json(presentExecution(row), 200)
    })
}

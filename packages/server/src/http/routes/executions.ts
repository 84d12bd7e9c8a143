import { createRoute, z } from '@hono/zod-openapi'
import { readWholeResult } from '../../services/executions/execution-files.ts'
import {
  executionEvents,
  giveInput,
  queryExecutions,
  readExecution,
} from '../../services/executions/executions.ts'
import { reading } from '../../services/executions/readers.ts'
import { cancelExecution, cancelOrRemoveExecution } from '../../services/executions/remove-execution.ts'
import { eventStream, lastEventId } from '../event-stream.ts'
import { executionAnswer, jsonStream } from '../json-stream.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { dryRunAnswer, eventContent, needsContent, runAnswer, runAnswers, runHeaders } from '../run-answer.ts'
import { problems, secured } from '../schemas/answers.ts'
import {
  executionSchema,
  executionStatus,
  executionSummarySchema,
  inputLineSchema,
  newExecutionSchema,
  presentExecution,
  presentSummary,
  resultSchema,
} from '../schemas/executions.ts'
import { idParam, idQuery, listOf, pageOf, pageQuery } from '../schemas/fields.ts'

const tags = ['Executions']
const createRequest = {
  query: z.object({ dryRun: z.enum(['true', 'false']).optional() }),
  headers: runHeaders,
  body: jsonBody(newExecutionSchema),
}
/** For the typed client a request is one that runs, and what answers it an execution. */
const ranOrRead: (typeof runAnswers)[200] = {
  ...runAnswers[200],
  content: { ...runAnswers[200].content, ...needsContent },
}
const create = createRoute({
  ...{ method: 'post', path: '/executions', tags, security: secured, operationId: 'createExecution' },
  summary: 'Run Python',
  description:
    'Answers when the run is over. With "dryRun" the code is read and not run: the answer says what it seems to need, and ' +
    'what of that "permissions" grant. With "Accept: text/event-stream" it answers with events as they happen, with ' +
    '"Prefer: respond-async" at once. The same "Idempotency-Key" within a day is the same run.',
  request: createRequest as Omit<typeof createRequest, 'query'>,
  responses: { ...runAnswers, 200: ranOrRead },
})

const list = createRoute({
  ...{ method: 'get', path: '/executions', tags, security: secured, operationId: 'listExecutions' },
  summary: 'List executions, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
      status: executionStatus.optional(),
      toolId: idQuery,
      sessionId: idQuery,
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
  responses: { 200: { description: 'Events', content: eventContent }, ...problems(404, 429) },
})

const cancel = createRoute({
  ...{ method: 'post', path: '/executions/{id}/cancel', tags, security: secured },
  operationId: 'cancelExecution',
  summary: 'Cancel an execution that runs',
  description:
    'It answers when that has ended, and what it did stays. One that is over already is given as it is.',
  request: { params: idParam('exe') },
  responses: { 200: jsonAnswer('The execution as it ended', executionSchema), ...problems(404, 409) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/executions/{id}', tags, security: secured, operationId: 'deleteExecution' },
  summary: 'Delete an execution that is over, or cancel one that runs',
  description:
    'One that runs is cancelled: it answers when that has ended, and what it did stays. One that is over is deleted for ' +
    'ever: its row, its result and its files, which makes room; the audit of it stays.',
  request: { params: idParam('exe') },
  responses: { 200: jsonAnswer('The execution as it ended', executionSchema), ...problems(404, 409) },
})

const result = createRoute({
  ...{ method: 'get', path: '/executions/{id}/result', tags, security: secured },
  operationId: 'readExecutionResult',
  summary: 'Read the whole result of an execution',
  description:
    'What is recorded of a result is at most 1 MiB; "truncated.record" says what of a larger one is not there. The whole ' +
    'is here, as long as the files of the execution are kept.',
  request: { params: idParam('exe') },
  responses: { 200: jsonAnswer('The result', resultSchema), ...problems(404, 410, 429) },
})

const input = createRoute({
  ...{ method: 'post', path: '/executions/{id}/input', tags, security: secured, operationId: 'giveInput' },
  summary: 'Give an execution the line that it waits for',
  description: 'For one that was started with "interactive". The event "input-request" says that it waits.',
  request: { params: idParam('exe'), body: jsonBody(inputLineSchema) },
  responses: { 204: { description: 'It has the line' }, ...problems(404, 409) },
})

/** Running code. */
export function executionRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      if (c.req.query('dryRun') === 'true') return await dryRunAnswer(c, c.req.valid('json'))
      return await runAnswer(c, { body: c.req.valid('json'), headers: c.req.valid('header') })
    })
    .openapi(list, async (c) => {
      const { scope, status, toolId, sessionId, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', filter: { status, toolId, sessionId }, page: pageOf(page) }
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
      const reader = await reading(services, c.get('actor'))
      const run = services.runs.find(row.id)
      return eventStream(c, { events: executionEvents(services, row, lastEventId(c)), run, reader }) as never
    })
    .openapi(result, async (c) => {
      const whole = await readWholeResult(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return jsonStream(c, whole.pieces(), whole.close) as never
    })
    .openapi(input, async (c) => {
      const wanted = { id: c.req.valid('param').id, line: c.req.valid('json').line }
      await giveInput(c.get('deps').services, c.get('actor'), wanted)
      return c.body(null, 204)
    })
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param')
      const row = await cancelExecution(c.get('deps').services, c.get('actor'), id)
      return executionAnswer(c, row) as never
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      const row = await cancelOrRemoveExecution(c.get('deps').services, c.get('actor'), id)
      return executionAnswer(c, row) as never
    })
}

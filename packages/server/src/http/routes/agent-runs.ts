import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { AgentRunRequest } from '../../services/agents/agent-run-request.ts'
import {
  agentRunEvents,
  demandAgentRun,
  queryAgentRuns,
  readAgentRun,
  withSteps,
} from '../../services/agents/agent-runs.ts'
import { decideApproval } from '../../services/agents/decide-approval.ts'
import { cancelAgentRun, cancelOrRemoveAgentRun } from '../../services/agents/remove-agent-run.ts'
import { reading } from '../../services/executions/readers.ts'
import type { AppEnv } from '../environment.ts'
import { lastEventId, plainEventStream, untilEnded } from '../event-stream.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { eventContent, eventsAfter, prefersAsync, runHeaders } from '../run-answer.ts'
import {
  agentRunRequestOf,
  agentRunSchema,
  agentRunStatus,
  agentRunSummarySchema,
  approvalSchema,
  newAgentRunSchema,
  presentAgentRun,
  presentAgentRunSummary,
} from '../schemas/agent-runs.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'

const tags = ['Agents']
const params = idParam('agt')
const run = { 'application/json': { schema: agentRunSchema } }

const create = createRoute({
  ...{ method: 'post', path: '/agent/runs', tags, security: secured, operationId: 'createAgentRun' },
  summary: 'Have an agent solve a task',
  description:
    'A model writes Python, which runs in a session, until there is an answer. Answers when the run is over; with ' +
    '"Accept: text/event-stream" with events as they happen, with "Prefer: respond-async" at once. Each piece of code is ' +
    'an execution, each call of a tool one as by "executeTool".',
  request: { headers: runHeaders, body: jsonBody(newAgentRunSchema) },
  responses: {
    200: { description: 'The run is over', content: { ...run, ...eventContent } },
    202: jsonAnswer('The run goes on; read it at "Location"', agentRunSchema),
    ...problems(404, 409, 429),
  },
})

const list = createRoute({
  ...{ method: 'get', path: '/agent/runs', tags, security: secured, operationId: 'listAgentRuns' },
  summary: 'List runs of agents, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
      status: agentRunStatus.optional(),
    }),
  },
  responses: { 200: jsonAnswer('Some runs', listOf(agentRunSummarySchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/agent/runs/{id}', tags, security: secured, operationId: 'readAgentRun' },
  summary: 'Read a run with its steps',
  request: { params },
  responses: { 200: jsonAnswer('The run', agentRunSchema), ...problems(404) },
})

const follow = createRoute({
  ...{ method: 'get', path: '/agent/runs/{id}/events', tags, security: secured },
  operationId: 'followAgentRun',
  summary: 'Follow a run',
  description:
    'Events from the beginning, or after "Last-Event-ID". Of a run that is long over only its end is left.',
  request: { params },
  responses: { 200: { description: 'Events', content: eventContent }, ...problems(404, 429) },
})

const cancel = createRoute({
  ...{ method: 'post', path: '/agent/runs/{id}/cancel', tags, security: secured },
  operationId: 'cancelAgentRun',
  summary: 'Cancel a run that goes on',
  description: 'It answers when that has ended. One that is over already is given as it is.',
  request: { params },
  responses: { 200: jsonAnswer('The run as it ended', agentRunSchema), ...problems(404, 409) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/agent/runs/{id}', tags, security: secured, operationId: 'deleteAgentRun' },
  summary: 'Delete a run that is over, or cancel one that goes on',
  description:
    'One that goes on is cancelled: it answers when that has ended. One that is over is deleted for ever, with its steps; ' +
    'its executions and the audit of it stay.',
  request: { params },
  responses: { 200: jsonAnswer('The run as it ended', agentRunSchema), ...problems(404, 409) },
})

const approve = createRoute({
  ...{ method: 'post', path: '/agent/runs/{id}/approvals/{call}', tags, security: secured },
  operationId: 'decideApproval',
  summary: 'Allow or refuse a call that waits for it',
  request: {
    params: params.extend({
      call: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/)
        .openapi({ param: { name: 'call', in: 'path' }, example: '1-call-1' }),
    }),
    body: jsonBody(approvalSchema),
  },
  responses: { 204: { description: 'It is decided' }, ...problems(404, 409) },
})

/** Runs of agents. What runs them is loaded at the first one. */
export function agentRunRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const { 'idempotency-key': key, prefer = '' } = c.req.valid('header')
      return await answer(c, agentRunRequestOf(c.req.valid('json'), key), prefersAsync(prefer))
    })
    .openapi(list, async (c) => {
      const { scope, status, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', filter: { status }, page: pageOf(page) }
      const { items, next } = await queryAgentRuns(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentAgentRunSummary), nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(presentAgentRun(await readAgentRun(c.get('deps').services, c.get('actor'), id)), 200)
    })
    .openapi(follow, async (c) => {
      const { services } = c.get('deps')
      const wanted = { id: c.req.valid('param').id, action: 'read' } as const
      const row = await demandAgentRun(services, c.get('actor'), wanted)
      const reader = await reading(services, c.get('actor'))
      const events = agentRunEvents(services, row, lastEventId(c))
      return plainEventStream(c, { events, run: services.agentRuns.find(row.id), reader }) as never
    })
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param')
      const ended = await cancelAgentRun(c.get('deps').services, c.get('actor'), id)
      return c.json(presentAgentRun(ended), 200)
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      const ended = await cancelOrRemoveAgentRun(c.get('deps').services, c.get('actor'), id)
      return c.json(presentAgentRun(ended), 200)
    })
    .openapi(approve, async (c) => {
      const decision = { ...c.req.valid('json'), ...c.req.valid('param') }
      await decideApproval(c.get('deps').services, c.get('actor'), decision)
      return c.body(null, 204)
    })
}

/** Runs an agent, and answers as it is asked to: when the run is over, with events, or at once. */
async function answer(c: Context<AppEnv>, request: AgentRunRequest, inBackground: boolean) {
  const { services } = c.get('deps')
  const after = inBackground ? null : eventsAfter(c)
  const { startAgentRun } = await import('../../services/agents/start-agent-run.ts')
  const { row, run: live } = await startAgentRun(services, c.get('actor'), request)
  c.header('Location', `/api/v1/agent/runs/${row.id}`)
  if (inBackground) {
    live?.detach()
    c.header('Preference-Applied', 'respond-async')
    return c.json(presentAgentRun(await withSteps(services, row)), 202)
  }
  if (after !== null) {
    const reader = await reading(services, c.get('actor'))
    return plainEventStream(c, { events: agentRunEvents(services, row, after), run: live, reader }) as never
  }
  const ended = live === null ? row : await untilEnded(c, live)
  return c.json(presentAgentRun(await withSteps(services, ended ?? row)), 200)
}

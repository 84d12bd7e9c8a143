import { createRoute, z } from '@hono/zod-openapi'
import { inexactMember } from 'agentchat-sandbox-base/gate/exact-json'
import type { Context } from 'hono'
import { executeTool } from '../../services/tools/execute-tool.ts'
import type { Tool } from '../../services/tools/tool-content.ts'
import {
  changeTool,
  createTool,
  type ExpectedVersion,
  etagOf,
  queryTools,
  queryToolVersions,
  readTool,
  readToolVersion,
  removeTool,
  rollBackTool,
} from '../../services/tools/tools.ts'
import type { AppEnv } from '../environment.ts'
import { untilEnded } from '../event-stream.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { presentExecution } from '../schemas/executions.ts'
import { digits, idParam, limitField, listOf, pageOf, pageQuery } from '../schemas/fields.ts'
import {
  executeToolSchema,
  newToolSchema,
  presentTool,
  presentToolSummary,
  presentToolVersion,
  presentToolVersionContent,
  rollBackSchema,
  toolChangeSchema,
  toolOutcomeSchema,
  toolSchema,
  toolSummarySchema,
  toolVersionContentSchema,
  toolVersionSchema,
} from '../schemas/tools.ts'

const tags = ['Tools']
const params = idParam('tool')
const ifMatch = z.object({
  'if-match': z
    .string()
    .regex(/^(\*|(W\/)?"\d{1,9}")$/, 'must be the ETag of the tool, such as "3", or *')
    .optional(),
})

const create = createRoute({
  ...{ method: 'post', path: '/tools', tags, security: secured, operationId: 'createTool' },
  summary: 'Create a tool',
  description:
    'It is loaded, or its document read, and its tests run, before it is saved. Running it is an execution like every ' +
    'other one, and needs the scope "execute" as well.',
  request: { body: jsonBody(newToolSchema) },
  responses: { 201: jsonAnswer('The tool', toolSchema), ...problems(409, 429) },
})

const list = createRoute({
  ...{ method: 'get', path: '/tools', tags, security: secured, operationId: 'listTools' },
  summary: 'List the tools that you can see, newest first',
  request: { query: pageQuery.extend({ scope: z.enum(['mine', 'system', 'all']).default('all') }) },
  responses: { 200: jsonAnswer('Some tools', listOf(toolSummarySchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/tools/{id}', tags, security: secured, operationId: 'readTool' },
  summary: 'Read a tool',
  request: { params },
  responses: { 200: jsonAnswer('The tool; its "ETag" is for changing it', toolSchema), ...problems(404) },
})

const update = createRoute({
  ...{ method: 'patch', path: '/tools/{id}', tags, security: secured, operationId: 'updateTool' },
  summary: 'Change a tool, which makes a new version',
  description:
    'A change of its code is run as in "createTool". The oldest version goes when there are too many.',
  request: { params, headers: ifMatch, body: jsonBody(toolChangeSchema) },
  responses: { 200: jsonAnswer('The tool', toolSchema), ...problems(404, 409, 412, 428, 429) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/tools/{id}', tags, security: secured, operationId: 'deleteTool' },
  summary: 'Delete a tool for ever, with all its versions',
  request: { params, headers: ifMatch },
  responses: { 204: { description: 'It is gone' }, ...problems(404, 412) },
})

const versions = createRoute({
  ...{
    method: 'get',
    path: '/tools/{id}/versions',
    tags,
    security: secured,
    operationId: 'listToolVersions',
  },
  summary: 'List the versions of a tool, newest first',
  request: {
    params,
    query: z.object({
      limit: limitField,
      cursor: z
        .preprocess(
          digits,
          z
            .int()
            .min(1)
            .max(2 ** 31 - 1)
            .optional(),
        )
        .openapi({ example: 3 }),
    }),
  },
  responses: { 200: jsonAnswer('Some versions', listOf(toolVersionSchema)), ...problems(404) },
})

const version = createRoute({
  ...{ method: 'get', path: '/tools/{id}/versions/{version}', tags, security: secured },
  operationId: 'readToolVersion',
  summary: 'Read a version of a tool, without its secrets',
  request: {
    params: params.extend({
      version: z
        .preprocess(
          digits,
          z
            .int()
            .min(1)
            .max(2 ** 31 - 1),
        )
        .openapi({ param: { name: 'version', in: 'path' }, example: 1 }),
    }),
  },
  responses: { 200: jsonAnswer('The version', toolVersionContentSchema), ...problems(404) },
})

const rollBack = createRoute({
  ...{ method: 'post', path: '/tools/{id}/roll-back', tags, security: secured, operationId: 'rollBackTool' },
  summary: 'Make an earlier version the newest one',
  request: { params, headers: ifMatch, body: jsonBody(rollBackSchema) },
  responses: { 200: jsonAnswer('The tool', toolSchema), ...problems(404, 409, 412, 428, 429) },
})

const execute = createRoute({
  ...{ method: 'post', path: '/tools/{id}/execute', tags, security: secured, operationId: 'executeTool' },
  summary: 'Execute a tool',
  request: {
    params,
    headers: z.object({
      'idempotency-key': z
        .string()
        .regex(/^[\x21-\x7e]{1,200}$/)
        .optional()
        .openapi({ description: 'Only for tools that are Python' }),
    }),
    body: jsonBody(executeToolSchema),
  },
  responses: { 200: jsonAnswer('What came of it', toolOutcomeSchema), ...problems(404, 409, 429, 502) },
})

/** Stored tools. */
export function toolRoutes() {
  return createRouter()
    .openapi(create, async (c) => {
      const tool = await createTool(c.get('deps').services, c.get('actor'), {
        ...c.req.valid('json'),
        signal: c.req.raw.signal,
      })
      c.header('Location', `/api/v1/tools/${tool.id}`)
      return c.json(present(c, tool), 201)
    })
    .openapi(list, async (c) => {
      const { scope, ...page } = c.req.valid('query')
      const query = { scope, page: pageOf(page) }
      const { items, next } = await queryTools(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentToolSummary), nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const tool = await readTool(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.json(present(c, tool), 200)
    })
    .openapi(update, async (c) => {
      const { id } = c.req.valid('param')
      const expected = expectedOf(c.req.valid('header'))
      const request = { id, expected, change: c.req.valid('json'), signal: c.req.raw.signal }
      return c.json(present(c, await changeTool(c.get('deps').services, c.get('actor'), request)), 200)
    })
    .openapi(remove, async (c) => {
      const request = { id: c.req.valid('param').id, expected: expectedOf(c.req.valid('header')) }
      await removeTool(c.get('deps').services, c.get('actor'), request)
      return c.body(null, 204)
    })
    .openapi(versions, async (c) => {
      const { limit, cursor } = c.req.valid('query')
      const query = { id: c.req.valid('param').id, limit, before: cursor }
      const { items, next } = await queryToolVersions(c.get('deps').services, c.get('actor'), query)
      return c.json(
        { items: items.map(presentToolVersion), nextCursor: next === null ? null : String(next) },
        200,
      )
    })
    .openapi(version, async (c) => {
      const row = await readToolVersion(c.get('deps').services, c.get('actor'), c.req.valid('param'))
      return c.json(presentToolVersionContent(row), 200)
    })
    .openapi(rollBack, async (c) => {
      const { id } = c.req.valid('param')
      const expected = expectedOf(c.req.valid('header'))
      const request = { id, expected, version: c.req.valid('json').version }
      return c.json(present(c, await rollBackTool(c.get('deps').services, c.get('actor'), request)), 200)
    })
    .openapi(execute, async (c) => {
      const { services } = c.get('deps')
      const { arguments: args, operation, redaction } = c.req.valid('json')
      const { 'idempotency-key': idempotencyKey } = c.req.valid('header')
      const argsText = await inexactMember(await c.req.text(), 'arguments')
      const { id } = c.req.valid('param')
      const asked = { operation, redaction, idempotencyKey }
      const call = { id, args, argsText, ...asked, signal: c.req.raw.signal }
      const outcome = await executeTool(services, c.get('actor'), call)
      if (outcome.kind === 'openapi') return c.json({ execution: null, answer: outcome.answer }, 200)
      const { row, run } = outcome.started
      const ended = run === null ? row : await untilEnded(c, run)
      return c.json({ execution: presentExecution(ended ?? row), answer: null }, 200)
    })
}

function present(c: Context<AppEnv>, tool: Tool) {
  c.header('ETag', etagOf(tool))
  return presentTool(tool)
}

function expectedOf({ 'if-match': text }: z.output<typeof ifMatch>): ExpectedVersion {
  if (text === undefined) return null
  return text === '*' ? '*' : Number(text.replace(/\D/g, ''))
}

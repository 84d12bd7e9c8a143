import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { BatchRequest } from '../../services/batches/batch-request.ts'
import {
  batchEvents,
  type ProgramRow,
  programsOf,
  queryBatches,
  readBatch,
} from '../../services/batches/batches.ts'
import { cancelBatch, cancelOrRemoveBatch } from '../../services/batches/remove-batch.ts'
import { startBatch } from '../../services/batches/start-batch.ts'
import { reading } from '../../services/executions/readers.ts'
import type { AppEnv } from '../environment.ts'
import { batchEventStream, lastEventId, untilEnded } from '../event-stream.ts'
import { streamed } from '../json-stream.ts'
import { createRouter, jsonAnswer, jsonBody } from '../router.ts'
import { eventContent, eventsAfter, prefersAsync, runHeaders } from '../run-answer.ts'
import { problems, secured } from '../schemas/answers.ts'
import {
  batchProgramSchema,
  batchRequestOf,
  batchSchema,
  newBatchSchema,
  presentBatch,
  programJson,
  programResultSchema,
} from '../schemas/batches.ts'
import { digits, idParam, listOf, pageOf, pageQuery } from '../schemas/fields.ts'

const tags = ['Batches']
const params = idParam('bat')
const batch = { 'application/json': { schema: batchSchema } }
const LINES = 'application/jsonl'

const create = createRoute({
  ...{ method: 'post', path: '/batches', tags, security: secured, operationId: 'createBatch' },
  summary: 'Run many programs',
  description:
    'Each has a fresh interpreter, limits and a result of its own, and not a process of its own: programs of one batch are ' +
    'to be of one owner. Answers when all have run; with "Accept: text/event-stream" with results as they come, in the ' +
    'order of the programs; with "Prefer: respond-async" at once. It counts as one execution of a minute, and takes ' +
    '"concurrency" places.',
  request: { headers: runHeaders, body: jsonBody(newBatchSchema) },
  responses: {
    200: { description: 'The batch is over', content: { ...batch, ...eventContent } },
    202: jsonAnswer('The batch goes on; read it at "Location"', batchSchema),
    ...problems(409, 429),
  },
})

const list = createRoute({
  ...{ method: 'get', path: '/batches', tags, security: secured, operationId: 'listBatches' },
  summary: 'List batches, newest first',
  request: {
    query: pageQuery.extend({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
    }),
  },
  responses: { 200: jsonAnswer('Some batches', listOf(batchSchema)), ...problems() },
})

const read = createRoute({
  ...{ method: 'get', path: '/batches/{id}', tags, security: secured, operationId: 'readBatch' },
  summary: 'Read how far a batch is',
  request: { params },
  responses: { 200: jsonAnswer('The batch', batchSchema), ...problems(404) },
})

const results = createRoute({
  ...{ method: 'get', path: '/batches/{id}/results', tags, security: secured },
  operationId: 'listBatchResults',
  summary: 'Read what became of the programs of a batch',
  description:
    'In the order of the programs. With "Accept: application/jsonl" all that there are so far, one on each line.',
  request: {
    params,
    query: z.object({
      limit: z.preprocess(digits, z.int().min(1).max(100).default(20)).openapi({ example: 20 }),
      cursor: z
        .preprocess(digits, z.int().min(0).default(0))
        .openapi({ description: 'The "nextCursor" of the part before', example: 20 }),
    }),
  },
  responses: {
    200: {
      description: 'Some results',
      content: {
        'application/json': { schema: listOf(programResultSchema) },
        [LINES]: { schema: z.string().openapi({ description: 'One result on each line' }) },
      },
    },
    ...problems(404, 429),
  },
})

const follow = createRoute({
  ...{ method: 'get', path: '/batches/{id}/events', tags, security: secured, operationId: 'followBatch' },
  summary: 'Follow a batch',
  description:
    'Results from the first on, or after "Last-Event-ID", as they come; the last event is "finished", with the batch.',
  request: { params },
  responses: { 200: { description: 'Events', content: eventContent }, ...problems(404, 429) },
})

const cancel = createRoute({
  ...{ method: 'post', path: '/batches/{id}/cancel', tags, security: secured, operationId: 'cancelBatch' },
  summary: 'Cancel a batch that runs',
  description:
    'It answers when that has ended, and what has run stays. One that is over already is given as it is.',
  request: { params },
  responses: { 200: jsonAnswer('The batch as it ended', batchSchema), ...problems(404, 409) },
})

const remove = createRoute({
  ...{ method: 'delete', path: '/batches/{id}', tags, security: secured, operationId: 'deleteBatch' },
  summary: 'Delete a batch that is over, or cancel one that runs',
  description:
    'One that runs is cancelled: it answers when that has ended, and what has run stays. One that is over is deleted for ' +
    'ever, with programs and results; the audit of it stays.',
  request: { params },
  responses: { 200: jsonAnswer('The batch as it ended', batchSchema), ...problems(404, 409) },
})

/** Many programs at once. */
export function batchRoutes() {
  const router = createRouter()
  router.openAPIRegistry.register('BatchProgram', batchProgramSchema)
  return router
    .openapi(create, async (c) => {
      const { 'idempotency-key': key, prefer = '' } = c.req.valid('header')
      return await answer(c, await batchRequestOf(c.req.valid('json'), key), prefersAsync(prefer))
    })
    .openapi(list, async (c) => {
      const { scope, ...page } = c.req.valid('query')
      const query = { all: scope === 'all', page: pageOf(page) }
      const { items, next } = await queryBatches(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentBatch), nextCursor: next }, 200)
    })
    .openapi(read, async (c) => {
      const row = await readBatch(c.get('deps').services, c.get('actor'), c.req.valid('param').id)
      return c.json(presentBatch(row), 200)
    })
    .openapi(results, async (c) => {
      const { services } = c.get('deps')
      const { id } = await readBatch(services, c.get('actor'), c.req.valid('param').id)
      const { limit, cursor } = c.req.valid('query')
      const reader = await reading(services, c.get('actor'))
      const programs = programsOf(services, id, cursor)
      const isLines = (c.req.header('Accept') ?? '').includes(LINES)
      const pieces = isLines ? linesOf(programs, reader.signal) : pageOfPrograms(programs, limit)
      const type = isLines ? LINES : 'application/json'
      return streamed(c, pieces, { type, close: () => reader[Symbol.dispose]() }) as never
    })
    .openapi(follow, async (c) => {
      const { services } = c.get('deps')
      const row = await readBatch(services, c.get('actor'), c.req.valid('param').id)
      const reader = await reading(services, c.get('actor'))
      const events = batchEvents(services, row, lastEventId(c))
      return batchEventStream(c, { events, run: services.batches.find(row.id), reader }) as never
    })
    .openapi(cancel, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(presentBatch(await cancelBatch(c.get('deps').services, c.get('actor'), id)), 200)
    })
    .openapi(remove, async (c) => {
      const { id } = c.req.valid('param')
      return c.json(presentBatch(await cancelOrRemoveBatch(c.get('deps').services, c.get('actor'), id)), 200)
    })
}

/** Runs a batch, and answers as it is asked to: when it is over, with results as they come, or at once. */
async function answer(c: Context<AppEnv>, request: BatchRequest, inBackground: boolean) {
  const { services } = c.get('deps')
  const after = inBackground ? null : eventsAfter(c)
  const { row, run } = await startBatch(services, c.get('actor'), request)
  c.header('Location', `/api/v1/batches/${row.id}`)
  if (inBackground) {
    run?.detach()
    c.header('Preference-Applied', 'respond-async')
    return c.json(presentBatch(row), 202)
  }
  if (after !== null) {
    const reader = await reading(services, c.get('actor'))
    return batchEventStream(c, { events: batchEvents(services, row, after), run, reader }) as never
  }
  const ended = run === null ? row : await untilEnded(c, run)
  return c.json(presentBatch(ended ?? row), 200)
}

async function* linesOf(
  programs: AsyncIterable<ProgramRow>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  for await (const program of programs) {
    // Who may read no more gets no more.
    signal.throwIfAborted()
    yield `${programJson(program)}\n`
  }
}

async function* pageOfPrograms(
  programs: AsyncIterable<ProgramRow>,
  limit: number,
): AsyncGenerator<string, void, void> {
  let count = 0
  let next: number | null = null
  yield '{"items":['
  for await (const program of programs) {
    if (count === limit) {
      next = program.index
      break
    }
    yield `${count === 0 ? '' : ','}${programJson(program)}`
    count += 1
  }
  yield `],"nextCursor":${next === null ? 'null' : `"${next}"`}}`
}

import { createRoute, z } from '@hono/zod-openapi'
import { reading } from '../../services/executions/readers.ts'
import { followUsage } from '../../services/monitor/live-usage.ts'
import { statistics } from '../../services/monitor/statistics.ts'
import { plainEventStream } from '../event-stream.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { executionStatus } from '../schemas/executions.ts'
import { digits, time } from '../schemas/fields.ts'

const scope = z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' })
const count = z.int()
const shares = (what: string) =>
  z
    .array(z.object({ id: z.string(), executions: count, cpuMs: z.number() }))
    .openapi({ description: `The ten ${what} that took most CPU time` })

const statisticsSchema = z
  .object({
    since: time.openapi({ description: 'The beginning of an hour' }),
    executions: count.openapi({ description: 'That ended since then' }),
    lastHour: z.array(count).openapi({
      description: 'How many ended in each of the last 60 minutes, the oldest first; the last one goes on',
    }),
    outcomes: z
      .array(z.object({ status: executionStatus, executions: count }))
      .openapi({ description: 'The most first' }),
    durationMs: z
      .object({ p50: z.number(), p95: z.number() })
      .nullable()
      .openapi({ description: 'How long code ran, within 13 %; null where none did' }),
    cpuMs: z.number(),
    denials: count.openapi({ description: 'Uses of permissions that were refused' }),
    users: shares('users').openapi({
      description: 'The ten users that took most CPU time; none with "mine"',
    }),
    tools: shares('tools'),
    pool: z
      .object({
        running: count,
        waiting: count,
        workers: z.object({ warm: count, leased: count, starting: count }),
      })
      .nullable()
      .openapi({ description: 'What runs and waits in the service that is asked; null with "mine"' }),
  })
  .openapi('Statistics', {
    example: {
      ...{ since: '2026-03-01T11:00:00.000Z', executions: 3, lastHour: Array.from({ length: 60 }, () => 0) },
      outcomes: [
        { status: 'success', executions: 2 },
        { status: 'error', executions: 1 },
      ],
      ...{ durationMs: { p50: 3.5, p95: 44.7 }, cpuMs: 1210, denials: 1, users: [] },
      ...{ tools: [{ id: 'tool_0mf3k9x2ab7c1d2e3f4g5h6j', executions: 2, cpuMs: 800 }], pool: null },
    },
  })

const read = createRoute({
  ...{ method: 'get', path: '/stats', tags: ['Executions'], security: secured },
  operationId: 'readStatistics',
  summary: 'Read what became of executions, in sum',
  description:
    'Of those that ended in the last hours and in the one that goes on. They are added up as they end, so that it takes as ' +
    'long with a million of them as with ten. Programs of batches are not among them; those of a user who was deleted are ' +
    'in the sums of everybody only.',
  request: {
    query: z.object({
      scope,
      hours: z
        .preprocess(digits, z.int().min(1).max(168).default(24))
        .openapi({ description: 'Whole hours before the one that goes on; a week at most', example: 24 }),
    }),
  },
  responses: { 200: jsonAnswer('In sum', statisticsSchema), ...problems() },
})

const live = createRoute({
  ...{ method: 'get', path: '/stats/live', tags: ['Executions'], security: secured },
  operationId: 'followUsage',
  summary: 'Follow what running executions take',
  description:
    'Events "usage" without an end, at most four a second: { time, executions, more }, the latest 200 executions of this ' +
    'service with their user, tool, session and "usage": wallMs, cpuMs, memoryBytes, peakMemoryBytes, pythonHeapBytes, ' +
    'stdoutBytes, stderrBytes; null while the code has not begun.',
  request: {
    query: z.object({ scope }),
  },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(429),
  },
})

/** What goes on at this moment, and what came of what is over. */
export function statsRoutes() {
  return createRouter()
    .openapi(read, async (c) => {
      const { scope, hours } = c.req.valid('query')
      const { services } = c.get('deps')
      const found = await statistics(services, c.get('actor'), { all: scope === 'all', hours })
      return c.json({ ...found, since: found.since.toISOString() }, 200)
    })
    .openapi(live, async (c) => {
      const { services } = c.get('deps')
      const events = followUsage(services.live, c.get('actor'), c.req.valid('query').scope === 'all')
      const reader = await reading(services, c.get('actor'))
      return plainEventStream(c, { events, run: null, reader }) as never
    })
}

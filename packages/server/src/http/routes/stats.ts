import { createRoute, z } from '@hono/zod-openapi'
import { reading } from '../../services/executions/readers.ts'
import { followUsage } from '../../services/monitor/live-usage.ts'
import { plainEventStream } from '../event-stream.ts'
import { createRouter } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'

const live = createRoute({
  ...{ method: 'get', path: '/stats/live', tags: ['Executions'], security: secured },
  operationId: 'followUsage',
  summary: 'Follow what running executions take',
  description:
    'Events "usage" without an end, at most four a second: { time, executions, more }, the latest 200 executions of this ' +
    'service with their user, tool, session and "usage": wallMs, cpuMs, memoryBytes, peakMemoryBytes, pythonHeapBytes, ' +
    'stdoutBytes, stderrBytes; null while the code has not begun.',
  request: {
    query: z.object({
      scope: z.enum(['mine', 'all']).default('mine').openapi({ description: '"all" is for administrators' }),
    }),
  },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...problems(429),
  },
})

/** What goes on at this moment. */
export function statsRoutes() {
  return createRouter().openapi(live, async (c) => {
    const { services } = c.get('deps')
    const events = followUsage(services.live, c.get('actor'), c.req.valid('query').scope === 'all')
    const reader = await reading(services, c.get('actor'))
    return plainEventStream(c, { events, run: null, reader }) as never
  })
}

import { createRoute, z } from '@hono/zod-openapi'
import { isReady } from '../../services/health.ts'
import { createRouter, jsonAnswer } from '../router.ts'

const tags = ['Operation']
const state = z.object({ status: z.string() }).openapi('ServiceState')

const health = createRoute({
  ...{ method: 'get', path: '/healthz', tags, operationId: 'healthz' },
  summary: 'Is the process alive?',
  responses: { 200: jsonAnswer('It is', state) },
})

const ready = createRoute({
  ...{ method: 'get', path: '/readyz', tags, operationId: 'readyz' },
  summary: 'Can requests be answered?',
  responses: { 200: jsonAnswer('They can', state), 503: jsonAnswer('Not now', state) },
})

const metrics = createRoute({
  ...{ method: 'get', path: '/metrics', tags, operationId: 'metrics' },
  summary: 'Counters for Prometheus',
  responses: {
    200: { description: 'In the text format', content: { 'text/plain': { schema: z.string() } } },
  },
})

/** What those who operate the service ask. */
export function operationRoutes() {
  return createRouter()
    .openapi(health, (c) => c.json({ status: 'ok' }, 200))
    .openapi(ready, async (c) => {
      return (await isReady(c.get('deps').services))
        ? c.json({ status: 'ready' }, 200)
        : c.json({ status: 'not ready' }, 503)
    })
    .openapi(metrics, (c) => {
      const { metrics, services } = c.get('deps')
      const { rss } = process.memoryUsage()
      return c.text(
        metrics.text({
          executions_running: services.runs.active,
          sessions_live: services.sessions.open.size,
          resident_memory_bytes: rss,
        }),
        200,
      )
    })
}

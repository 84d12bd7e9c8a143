import { createHash, timingSafeEqual } from 'node:crypto'
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { demandAdministrator } from '../../services/actor.ts'
import { missingParts } from '../../services/health.ts'
import { authenticated } from '../authentication.ts'
import type { AppEnv } from '../environment.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { open, problems, secured } from '../schemas/answers.ts'

const tags = ['Operation']
const state = z
  .object({
    status: z.string(),
    missing: z
      .array(z.enum(['database', 'sandbox']))
      .optional()
      .openapi({ description: 'What is not there' }),
  })
  .openapi('ServiceState')

const health = createRoute({
  ...{ method: 'get', path: '/healthz', tags, security: open, operationId: 'healthz' },
  summary: 'Is the process alive?',
  responses: { 200: jsonAnswer('It is', state) },
})

const ready = createRoute({
  ...{ method: 'get', path: '/readyz', tags, security: open, operationId: 'readyz' },
  summary: 'Can requests be answered, and code be run?',
  responses: { 200: jsonAnswer('They can', state), 503: jsonAnswer('Not now', state) },
})

const metrics = createRoute({
  ...{ method: 'get', path: '/metrics', tags, security: secured, operationId: 'metrics' },
  summary: 'Metrics for Prometheus',
  description: 'For administrators, and for the bearer of "AGENTCHAT_METRICS_TOKEN".',
  responses: {
    200: { description: 'In the text format', content: { 'text/plain': { schema: z.string() } } },
    ...problems(),
  },
})

/** What those who operate the service ask. */
export function operationRoutes() {
  const router = createRouter()
  router.use('/metrics', async (c, next) => {
    if (bearsToken(c)) await next()
    else
      await authenticated(c, async () => {
        demandAdministrator(c.get('actor'), 'read the metrics')
        await next()
      })
  })
  return router
    .openapi(health, (c) => c.json({ status: 'ok' }, 200))
    .openapi(ready, async (c) => {
      const missing = await missingParts(c.get('deps').services)
      return missing.length === 0
        ? c.json({ status: 'ready' }, 200)
        : c.json({ status: 'not ready', missing: [...missing] }, 503)
    })
    .openapi(metrics, async (c) => {
      const { metrics } = c.get('deps').services
      return c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType })
    })
}

/** Does the request hold the token for metrics? Compared in constant time. */
function bearsToken(c: Context<AppEnv>): boolean {
  const { metricsToken } = c.get('deps')
  const given = c.req.header('Authorization')
  if (metricsToken === undefined || given === undefined) return false
  return timingSafeEqual(digestOf(given), digestOf(`Bearer ${metricsToken}`))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

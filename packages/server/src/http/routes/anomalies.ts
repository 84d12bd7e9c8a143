import { createRoute, z } from '@hono/zod-openapi'
import { judgeAnomaly, queryAnomalies } from '../../services/anomalies/anomalies.ts'
import { presentAnomaly } from '../../services/anomalies/present-anomaly.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { idParam, listOf, pageOf, pageQuery, time } from '../schemas/fields.ts'

const anomalyState = z.enum(['open', 'acknowledged', 'dismissed'])

const anomalySchema = z
  .object({
    id: z.string(),
    rule: z.string(),
    subject: z.string().openapi({ description: '"user:", "tool:" or "code:" and an identifier' }),
    priority: z.enum(['notice', 'warning', 'critical']),
    state: anomalyState,
    count: z.int().min(1),
    score: z
      .number()
      .openapi({ description: 'For a rule 1; for a figure how far it was from what is usual' }),
    sentence: z.string(),
    evidence: z.array(z.string()),
    executionId: z.string().openapi({ description: 'The last execution, or batch, that it was found in' }),
    ...{ firstSeen: time, lastSeen: time },
  })
  .openapi('Anomaly')

const tags = ['Operation']
const list = createRoute({
  ...{ method: 'get', path: '/anomalies', tags, security: secured, operationId: 'listAnomalies' },
  summary: 'List what was odd, newest first',
  description:
    'For administrators. One entry for each rule and whom it is about, with how often it was seen.',
  request: {
    query: pageQuery.extend({
      state: anomalyState.optional(),
      rule: z
        .string()
        .regex(/^[a-z-]{1,64}$/)
        .optional(),
    }),
  },
  responses: { 200: jsonAnswer('Some anomalies', listOf(anomalySchema)), ...problems() },
})

const judged = (verb: 'acknowledge' | 'dismiss', summary: string, description: string) =>
  createRoute({
    ...({ method: 'post', path: `/anomalies/{id}/${verb}`, tags, security: secured } as const),
    ...{ operationId: `${verb}Anomaly`, summary, description: `For administrators. ${description}` },
    request: { params: idParam('ano') },
    responses: { 200: jsonAnswer('The anomaly', anomalySchema), ...problems(404) },
  })

const acknowledge = judged(
  'acknowledge',
  'Say that an anomaly is known',
  'Nothing is done about it any more.',
)
const dismiss = judged('dismiss', 'Say that an anomaly is none', 'It is counted on, and not told any more.')

/** What was odd. */
export function anomalyRoutes() {
  return createRouter()
    .openapi(list, async (c) => {
      const { state, rule, ...page } = c.req.valid('query')
      const query = { filter: { state, rule }, page: pageOf(page) }
      const { items, next } = await queryAnomalies(c.get('deps').services, c.get('actor'), query)
      return c.json({ items: items.map(presentAnomaly), nextCursor: next }, 200)
    })
    .openapi(acknowledge, async (c) => {
      const wanted = { id: c.req.valid('param').id, state: 'acknowledged' } as const
      const row = await judgeAnomaly(c.get('deps').services, c.get('actor'), wanted)
      return c.json(presentAnomaly(row), 200)
    })
    .openapi(dismiss, async (c) => {
      const wanted = { id: c.req.valid('param').id, state: 'dismissed' } as const
      const row = await judgeAnomaly(c.get('deps').services, c.get('actor'), wanted)
      return c.json(presentAnomaly(row), 200)
    })
}

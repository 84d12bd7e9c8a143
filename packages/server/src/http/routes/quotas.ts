import { createRoute, z } from '@hono/zod-openapi'
import { recountForAdministrator } from '../../services/executions/recount-quotas.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'

const recountSchema = z
  .object({
    drift: z
      .array(
        z.object({
          holder: z.string().openapi({ description: 'A user or a key, such as "user usr_..."' }),
          running: z.number(),
          agentRuns: z.number(),
          storedBytes: z.number(),
        }),
      )
      .openapi({ description: 'By how much each holder counted too much; nothing where all was right' }),
  })
  .openapi('QuotaRecount', {
    example: {
      drift: [{ holder: 'user usr_0mi9q2x4kab7c1d2e3f4g5h6j', running: 1, agentRuns: 0, storedBytes: 0 }],
    },
  })

const recount = createRoute({
  ...{ method: 'post', path: '/quotas/recount', tags: ['Operation'], security: secured },
  operationId: 'recountQuotas',
  summary: 'Compare what is counted for quotas with what is there, and mend it',
  description: 'For administrators. It reads the whole database.',
  responses: { 200: jsonAnswer('What was wrong', recountSchema), ...problems() },
})

/** What those who operate the service do with quotas. */
export function quotaRoutes() {
  return createRouter().openapi(recount, async (c) => {
    const drift = await recountForAdministrator(c.get('deps').services, c.get('actor'))
    return c.json({ drift }, 200)
  })
}

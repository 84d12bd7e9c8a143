import { createRoute, z } from '@hono/zod-openapi'
import { demandAdministrator } from '../../services/actor.ts'
import { readLimits } from '../../services/users/users.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { json } from '../schemas/fields.ts'

const amounts = {
  ...{
    concurrent: z.number(),
    perMinute: z.number(),
    cpuSecondsPerDay: z.number(),
    storageBytes: z.number(),
  },
}

const limitsSchema = z
  .object({
    maxTimeoutSeconds: z.number().openapi({ description: 'Of one execution, at most and by default' }),
    maxMemoryMb: z.number(),
    allowNet: z.array(z.string()).openapi({ description: 'Hosts that code may be allowed to reach' }),
    packages: z
      .array(z.string())
      .openapi({ description: 'Python packages that are there beside the standard library' }),
    quotas: z.object({
      ...{
        ...amounts,
        sessions: z.number(),
        liveSessions: z.number(),
        readers: z.number(),
        tools: z.number(),
      },
      ...{ toolVersions: z.number(), apiKeys: z.number(), agentRuns: z.number() },
      agentTokensPerDay: z.number(),
    }),
    used: z.object(amounts).openapi({ description: 'In all services of the database' }),
  })
  .openapi('Limits')

const configurationSchema = z
  .object({ version: z.string(), settings: z.record(z.string(), json) })
  .openapi('Configuration', { example: { version: '0.2.0', settings: { AGENTCHAT_PORT: 8787 } } })

const read = createRoute({
  ...{ method: 'get', path: '/limits', tags: ['Users'], security: secured, operationId: 'readLimits' },
  summary: 'What may I ask for, and use up?',
  responses: { 200: jsonAnswer('What holds for the caller', limitsSchema), ...problems() },
})

const configuration = createRoute({
  ...{ method: 'get', path: '/configuration', tags: ['Operation'], security: secured },
  operationId: 'readConfiguration',
  summary: 'Read the settings that hold, with secrets masked',
  description: 'For administrators.',
  responses: { 200: jsonAnswer('By the names of the variables', configurationSchema), ...problems() },
})

/** What the service gives those who ask. */
export function limitRoutes() {
  return createRouter()
    .openapi(read, async (c) => {
      const { allowNet, packages, quotas, ...rest } = await readLimits(c.get('deps').services, c.get('actor'))
      const lists = { allowNet: [...allowNet], packages: [...packages] }
      return c.json({ ...rest, ...lists, quotas: { ...quotas } }, 200)
    })
    .openapi(configuration, (c) => {
      demandAdministrator(c.get('actor'), 'read the configuration')
      const { version, configuration = {} } = c.get('deps')
      return c.json({ version, settings: { ...configuration } }, 200)
    })
}

import { createRoute, z } from '@hono/zod-openapi'
import { demandAdministrator } from '../../services/actor.ts'
import { createRouter, jsonAnswer } from '../router.ts'
import { problems, secured } from '../schemas/answers.ts'
import { listOf, time } from '../schemas/fields.ts'

const machineSchema = z
  .object({
    id: z.string().openapi({ description: 'Its name: "AGENTCHAT_MACHINE_NAME", or "--name"' }),
    version: z.string().openapi({ description: 'Of its program' }),
    slots: z.int().openapi({ description: 'Executions that it takes at a time' }),
    running: z.int().openapi({ description: 'Executions that it ran when it was heard of' }),
    epoch: z.int().openapi({ description: 'Of its lease: another one where it joined anew' }),
    heardAt: time.openapi({ description: 'When it was heard of last, by the clock of the database' }),
    silentSeconds: z.number().openapi({ description: 'How long ago that was; after 9 s it is lost' }),
  })
  .openapi('Machine')

const list = createRoute({
  ...{ method: 'get', path: '/machines', tags: ['Operation'], security: secured },
  operationId: 'listMachines',
  summary: 'List the machines that run code, by name',
  description: 'For administrators. All that have a lease, whichever service is asked.',
  responses: {
    200: jsonAnswer(
      'The machines',
      listOf(machineSchema).extend({
        runsItself: z.boolean().openapi({
          description: 'The service runs code itself, and has no machines: without "--nats"',
          example: false,
        }),
      }),
    ),
    ...problems(),
  },
})

/** The machines behind the service. */
export function machineRoutes() {
  return createRouter().openapi(list, async (c) => {
    demandAdministrator(c.get('actor'), 'list the machines')
    const { machines } = c.get('deps').services
    const items = ((await machines?.alive()) ?? []).map(({ name, seenAt, silentSeconds, ...facts }) => ({
      ...{ id: name, ...facts, heardAt: seenAt.toISOString() },
      silentSeconds: Math.max(0, Math.round(silentSeconds * 1000) / 1000),
    }))
    return c.json({ items, nextCursor: null, runsItself: machines === null }, 200)
  })
}

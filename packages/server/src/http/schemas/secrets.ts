import { z } from '@hono/zod-openapi'
import { SECRET_PLACES } from '../../services/secrets/sealed-secret.ts'
import { listOf, named, time } from './fields.ts'

/** All secrets of an execution together are fewer than are looked for in what comes back. */
const MAX_CHARS = 2000
const MAX_IN_REQUEST = 5
const NAME = /^[A-Za-z_]\w{0,99}$/
const EXAMPLE = { hosts: ['api.example.com'], places: ['headers'] as const }

const hosts = z
  .array(z.string().max(300))
  .min(1, 'must name a host')
  .max(20)
  .openapi({ description: 'Where it may be sent, through TLS; "allowNet" must grant them as well' })
const places = z
  .array(z.enum(SECRET_PLACES))
  .min(1)
  .max(SECRET_PLACES.length)
  .openapi({ description: 'Where in a request it may stand; in headers when left out' })

export const newSecretSchema = z
  .strictObject({
    value: z
      .string()
      .min(6, 'must have at least 6 characters')
      .max(MAX_CHARS)
      .regex(/^[\x20-\x7e]*$/, 'must be of letters, digits and signs of ASCII')
      .openapi({ description: 'Written, never read' }),
    hosts,
    places: places.default(['headers']),
  })
  .openapi('NewSecret', { example: { value: 'sk-live-4f9aKx71QwErTy', hosts: ['api.example.com'] } })

export const secretSchema = z
  .object({
    name: z.string(),
    hosts: z.array(z.string()),
    places: z.array(z.string()),
    ...{ createdAt: time, changedAt: time.openapi({ description: 'When it was given its value' }) },
  })
  .openapi('Secret', {
    description: 'Without its value, which nobody reads',
    example: {
      ...{ name: 'API_KEY', hosts: EXAMPLE.hosts, places: ['headers'] },
      ...{ createdAt: '2026-01-31T12:00:00.000Z', changedAt: '2026-01-31T12:00:00.000Z' },
    },
  })

export const secretListSchema = listOf(secretSchema)

/** Secrets that come with a request. */
export const requestSecrets = named(NAME, 'must be the name of a variable', newSecretSchema)
  .refine((all) => Object.keys(all).length <= MAX_IN_REQUEST, `must be at most ${MAX_IN_REQUEST}`)
  .openapi({
    description:
      'Secrets that the code uses and never sees, by the names of their variables. They are kept nowhere',
    example: { API_KEY: { value: 'sk-live-4f9aKx71QwErTy', hosts: ['api.example.com'] } },
  })

/** The path of a secret of something. */
export const secretParams = (prefix: string) =>
  z.object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .openapi({ param: { name: 'id', in: 'path' }, example: `${prefix}_0mf3k9x2ab7c1d2e3f4g5h6j` }),
    name: z
      .string()
      .regex(NAME, 'must be the name of a variable')
      .openapi({ param: { name: 'name', in: 'path' }, example: 'API_KEY' }),
  })

/** What of a stored secret is told. */
export function presentSecret(row: {
  readonly name: string
  readonly hosts: readonly string[]
  readonly places: readonly string[]
  readonly createdAt: Date
  readonly updatedAt: Date
}): z.output<typeof secretSchema> {
  const { name, hosts, places, createdAt, updatedAt } = row
  return {
    ...{ name, hosts: [...hosts], places: [...places] },
    ...{ createdAt: createdAt.toISOString(), changedAt: updatedAt.toISOString() },
  }
}

import { z } from '@hono/zod-openapi'
import type { Model } from '../../services/models/model-content.ts'
import { json, text, time } from './fields.ts'

const DAY_SECONDS = 86_400

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be at most 64 letters, digits, ".", "_" and "-"')
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2000)
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), 'must not hold a password; use "apiKey"')
  .refine((url) => !/[?#]/.test(url), 'must have no query and no fragment')
const apiKey = z
  .string()
  .min(1)
  .max(8192)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .nullable()

const limits = z.strictObject({
  maxSteps: z.int().min(1).max(1000).optional().openapi({ description: 'Turns of the model in a run' }),
  maxSeconds: z.number().positive().max(DAY_SECONDS).optional(),
  maxTokens: z.int().min(1).nullable().optional().openapi({ description: 'Of one run; null for no limit' }),
  timeoutSeconds: z
    .number()
    .positive()
    .max(3600)
    .optional()
    .openapi({ description: 'To the first byte of an answer, and between two pieces of it' }),
})

const fields = {
  name: name.openapi({ description: 'By which runs ask for it; "default" is taken where none is named' }),
  description: text(2000).optional(),
  baseUrl: baseUrl.openapi({ description: 'Up to and without "/chat/completions"' }),
  model: text(200, 1).openapi({ description: 'What the endpoint calls it' }),
  apiKey: apiKey.optional().openapi({ description: 'Written, never read; null for none' }),
  parameters: z
    .record(z.string().max(100), json)
    .refine((value) => JSON.stringify(value).length <= 10_000, 'is longer than 10000 characters of JSON')
    .optional()
    .openapi({ description: 'More of the body of each request, such as "temperature"' }),
  takesImages: z.boolean().optional(),
  limits: limits.optional(),
  users: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/))
    .max(10_000)
    .nullable()
    .optional()
    .openapi({ description: 'Identifiers of those who may use it; null for everybody' }),
  enabled: z.boolean().optional(),
}

export const newModelSchema = z.strictObject(fields).openapi('NewModel', {
  example: {
    ...{ name: 'default', baseUrl: 'https://api.example.com/v1', model: 'some-model', apiKey: 'sk-0000' },
    limits: { maxSteps: 20, maxTokens: 200_000 },
  },
})

export const modelChangeSchema = z
  .strictObject({
    ...fields,
    ...{ name: name.optional(), baseUrl: baseUrl.optional(), model: fields.model.optional() },
  })
  .openapi('ModelChange', { example: { enabled: false } })

const forAdministrators = { description: 'For administrators; for others null' }

export const modelSchema = z
  .object({
    ...{ id: z.string(), name: z.string(), description: z.string(), model: z.string() },
    ...{ takesImages: z.boolean(), enabled: z.boolean() },
    limits: z.object({
      ...{ maxSteps: z.int(), maxSeconds: z.number(), maxTokens: z.int().nullable() },
      timeoutSeconds: z.number(),
    }),
    baseUrl: z.string().nullable().openapi(forAdministrators),
    hasApiKey: z.boolean().nullable().openapi(forAdministrators),
    parameters: z.looseObject({}).nullable().openapi(forAdministrators),
    users: z.array(z.string()).nullable().openapi(forAdministrators),
    ...{ createdAt: time, updatedAt: time },
  })
  .openapi('Model')

/** What of a model is told: to an administrator all but the key, to others what it is called and gives. */
export function presentModel(row: Model, isAdministrator: boolean): z.output<typeof modelSchema> {
  const { id, name, description, model, takesImages, enabled, limits, users } = row
  return {
    ...{ id, name, description, model, takesImages, enabled, limits: { ...limits } },
    ...(isAdministrator
      ? {
          ...{ baseUrl: row.baseUrl, hasApiKey: row.hasApiKey, parameters: { ...row.parameters } },
          users: users === null ? null : [...users],
        }
      : { baseUrl: null, hasApiKey: null, parameters: null, users: null }),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

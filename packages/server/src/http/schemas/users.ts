import { z } from '@hono/zod-openapi'
import { ROLES, SCOPES } from '../../services/permission-check.ts'
import { text, time } from './fields.ts'

const MIN_PASSWORD_CHARS = 12
const MAX_PASSWORD_CHARS = 128

const email = z.email().max(254).openapi({ example: 'ada@example.com' })
const password = text(MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS).openapi({
  example: 'correct horse battery staple',
})
const name = text(200, 1).openapi({ example: 'Ada Lovelace' })

const quotas = z
  .strictObject({
    concurrent: z.int().min(0).max(10_000),
    perMinute: z.int().min(0).max(1_000_000),
    cpuSecondsPerDay: z.number().min(0).max(1e9),
    storageBytes: z
      .int()
      .min(0)
      .max(2 ** 50),
    sessions: z.int().min(0).max(1_000_000),
    liveSessions: z.int().min(0).max(10_000),
    readers: z.int().min(0).max(100_000),
    tools: z.int().min(0).max(1_000_000),
    toolVersions: z.int().min(1).max(1_000_000),
    apiKeys: z.int().min(0).max(1_000_000),
    agentRuns: z.int().min(0).max(10_000),
    agentTokensPerDay: z.int().min(0).max(1e12),
  })
  .partial()
  .nullable()
  .openapi({ example: { concurrent: 2, perMinute: 30 } })

const userQuotas = quotas.openapi({ description: 'In place of what the service gives everybody' })
const keyQuotas = quotas.openapi({ description: 'What the key may use up of what its user may' })

export const userSchema = z
  .object({
    ...{ id: z.string(), email: z.string(), name: z.string(), role: z.enum(ROLES), disabled: z.boolean() },
    quotas: userQuotas,
    ...{ createdAt: time, updatedAt: time },
  })
  .openapi('User')

/** What of a stored user is told. */
export function presentUser(row: {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: 'admin' | 'user'
  readonly disabled: boolean
  readonly quotas: unknown
  readonly createdAt: Date
  readonly updatedAt: Date
}): z.output<typeof userSchema> {
  const { id, email, name, role, disabled, createdAt, updatedAt } = row
  return {
    // They were checked before they were stored.
    quotas: row.quotas as z.output<typeof quotas>,
    id,
    email,
    name,
    role,
    disabled,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export const newUserSchema = z
  .strictObject({ email, name, password, role: z.enum(ROLES).default('user') })
  .openapi('NewUser')

export const userChangeSchema = z
  .strictObject({
    name: name.optional(),
    password: password.optional(),
    currentPassword: text(MAX_PASSWORD_CHARS, 1)
      .optional()
      .openapi({ description: 'Needed for a new password of your own', example: 'correct horse battery' }),
    role: z.enum(ROLES).optional(),
    disabled: z.boolean().optional(),
    quotas: userQuotas.optional(),
  })
  .openapi('UserChange', { example: { disabled: true } })

export const signInSchema = z
  .strictObject({ email: z.email().max(254), password: text(MAX_PASSWORD_CHARS, 1) })
  .openapi('SignIn', { example: { email: 'ada@example.com', password: 'correct horse battery staple' } })

export const selfSchema = z
  .object({
    user: userSchema,
    scopes: z.array(z.enum(SCOPES)).openapi({ description: 'What the credential may be used for' }),
    apiKeyId: z.string().nullable(),
  })
  .openapi('Self')

export const apiKeySchema = z
  .object({
    ...{ id: z.string(), userId: z.string(), name: z.string() },
    hint: z.string().openapi({ description: 'How the key begins' }),
    scopes: z.array(z.string()),
    quotas: keyQuotas,
    ...{ expiresAt: time.nullable(), lastUsedAt: time.nullable(), createdAt: time },
  })
  .openapi('ApiKey')

/** What of a stored key is told. */
export function presentApiKey(row: {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly hint: string
  readonly scopes: readonly string[]
  readonly quotas: unknown
  readonly expiresAt: Date | null
  readonly lastUsedAt: Date | null
  readonly createdAt: Date
}): z.output<typeof apiKeySchema> {
  const { id, userId, name, hint, scopes, expiresAt, lastUsedAt, createdAt } = row
  return {
    ...{ id, userId, name, hint, scopes: [...scopes] },
    quotas: row.quotas as z.output<typeof quotas>,
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  }
}

export const newApiKeySchema = z
  .strictObject({
    name: text(200, 1),
    scopes: z.array(z.enum(SCOPES)).min(1).max(100),
    expiresAt: time.nullable().default(null),
    quotas: keyQuotas.default(null),
  })
  .openapi('NewApiKey', { example: { name: 'agent', scopes: ['execute', 'tools:read'], expiresAt: null } })

export const createdApiKeySchema = apiKeySchema
  .extend({ key: z.string().openapi({ description: 'The key; it is told only now' }) })
  .openapi('CreatedApiKey')

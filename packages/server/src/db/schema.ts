import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { createdAt, json, time, updatedAt } from './columns.ts'

export { departedUsers } from './departed-users-table.ts'
export { sessions } from './sessions-table.ts'

/** Who may sign in. */
export const users = pgTable('users', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text('image'),
  role: text('role', { enum: ['admin', 'user'] })
    .notNull()
    .default('user'),
  disabled: boolean('disabled').notNull().default(false),
  /** What an administrator gives this user instead of what the service gives everybody; null for nothing else. */
  quotas: json<unknown>('quotas'),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
})

const userId = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' })

/** Who is signed in with a cookie. */
export const signIns = pgTable(
  'sign_ins',
  {
    id: text('id').primaryKey(),
    token: text('token').notNull().unique(),
    expiresAt: time('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    userId: userId(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('sign_ins_user').on(table.userId), index('sign_ins_expiry').on(table.expiresAt)],
)

/** How a user signs in: a password, which is hashed, or another service. */
export const accounts = pgTable(
  'accounts',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: userId(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: time('access_token_expires_at'),
    refreshTokenExpiresAt: time('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('accounts_user').on(table.userId)],
)

/** What a sign-in with another service remembers between its steps. */
export const verifications = pgTable(
  'verifications',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: time('expires_at').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index('verifications_identifier').on(table.identifier),
    index('verifications_expiry').on(table.expiresAt),
  ],
)

/** Keys for programs. The key itself is never stored, only its SHA-256. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    userId: userId(),
    name: text('name').notNull(),
    hash: text('hash').notNull().unique(),
    /** Its first characters, by which its owner recognizes it. */
    hint: text('hint').notNull(),
    scopes: json<string[]>('scopes').notNull(),
    expiresAt: time('expires_at'),
    lastUsedAt: time('last_used_at'),
    /** What this key may use up of what its user may; null for all of it. */
    quotas: json<unknown>('quotas'),
    createdAt: createdAt(),
  },
  (table) => [index('api_keys_user').on(table.userId, table.id)],
)

/** What users make for agents to call. Rows with `deletedAt` are from before tools were deleted for good. */
export const tools = pgTable(
  'tools',
  {
    id: text('id').primaryKey(),
    /** Empty for the tools of the system. */
    ownerId: text('owner_id').notNull(),
    system: boolean('system').notNull(),
    name: text('name').notNull(),
    displayName: text('display_name').notNull(),
    description: text('description').notNull(),
    logoUrl: text('logo_url'),
    kind: text('kind', { enum: ['python', 'openapi'] }).notNull(),
    definition: json<unknown>('definition').notNull(),
    parameters: json<unknown>('parameters').notNull(),
    permissions: json<unknown>('permissions').notNull(),
    limits: json<unknown>('limits').notNull(),
    /** The authentication with its secrets, sealed; null where there is none. */
    auth: text('auth'),
    enabled: boolean('enabled').notNull().default(true),
    version: integer('version').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    deletedAt: time('deleted_at'),
  },
  (table) => [
    uniqueIndex('tools_name').on(table.ownerId, table.name).where(sql`deleted_at is null`),
    index('tools_owner').on(table.ownerId, table.id),
  ],
)

/** What a tool was at each version. */
export const toolVersions = pgTable(
  'tool_versions',
  {
    toolId: text('tool_id')
      .notNull()
      .references(() => tools.id),
    version: integer('version').notNull(),
    content: json<unknown>('content').notNull(),
    auth: text('auth'),
    /** Of its content and its secrets; 0 for those from before it was counted. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.toolId, table.version] })],
)

/** Every run of code, from before it begins. */
export const executions = pgTable(
  'executions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    apiKeyId: text('api_key_id'),
    toolId: text('tool_id'),
    toolVersion: integer('tool_version'),
    /** The session that it ran in, which may be gone; null for a run in a fresh interpreter. */
    sessionId: text('session_id'),
    /** The process that runs it: a service that starts ends what another one of the same name left behind. */
    instance: text('instance').notNull(),
    status: text('status', {
      enum: ['running', 'success', 'error', 'cancelled', 'interrupted', 'failed'],
    }).notNull(),
    code: json<string>('code').notNull(),
    options: json<unknown>('options').notNull(),
    result: json<unknown>('result'),
    /** Why the service could not run it; what Python did wrong is in the result. */
    failure: text('failure'),
    cpuMs: doublePrecision('cpu_ms').notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    /** Of the files that are kept of it; 0 when there are none, or none any more. */
    fileBytes: bigint('file_bytes', { mode: 'number' }).notNull().default(0),
    /** Of what is recorded of it: code, options, result, and who is to be told. 0 for those from before it was counted. */
    recordBytes: bigint('record_bytes', { mode: 'number' }).notNull().default(0),
    createdAt: createdAt(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    index('executions_user').on(table.userId, table.id),
    index('executions_user_time').on(table.userId, table.createdAt),
    index('executions_running').on(table.instance).where(sql`status = 'running'`),
    index('executions_files').on(table.userId, table.id).where(sql`file_bytes > 0`),
    index('executions_session').on(table.sessionId, table.id).where(sql`session_id is not null`),
    index('executions_tool').on(table.toolId, table.id).where(sql`tool_id is not null`),
    index('executions_status').on(table.status, table.id),
    index('executions_user_status').on(table.userId, table.status, table.id),
    index('executions_key_time').on(table.apiKeyId, table.createdAt).where(sql`api_key_id is not null`),
    index('executions_old_files').on(table.instance, table.finishedAt).where(sql`file_bytes > 0`),
    index('executions_finished').on(table.finishedAt),
  ],
)

/** Who is to be told when an execution is over, and what came of telling. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    executionId: text('execution_id').primaryKey(),
    url: text('url').notNull(),
    /** What the message is signed with, sealed. */
    secret: text('secret').notNull(),
    status: text('status', { enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Not before this moment; whoever tries moves it on first, so that nobody else tries meanwhile. */
    nextAttemptAt: time('next_attempt_at').notNull().defaultNow(),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
    createdAt: createdAt(),
    endedAt: time('ended_at'),
  },
  (table) => [index('webhook_deliveries_pending').on(table.nextAttemptAt).where(sql`status = 'pending'`)],
)

/** The answer to a request that may be repeated. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    executionId: text('execution_id').notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    index('idempotency_keys_execution').on(table.executionId),
    index('idempotency_keys_time').on(table.createdAt),
  ],
)

/** Who did what with what, written before it is done and closed after it. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: text('id').primaryKey(),
    actorId: text('actor_id'),
    apiKeyId: text('api_key_id'),
    requestId: text('request_id'),
    action: text('action').notNull(),
    resourceId: text('resource_id'),
    instance: text('instance').notNull(),
    outcome: text('outcome', { enum: ['open', 'success', 'error', 'refused', 'interrupted'] }).notNull(),
    detail: json<unknown>('detail').notNull(),
    createdAt: createdAt(),
    closedAt: time('closed_at'),
  },
  (table) => [
    index('audit_actor').on(table.actorId, table.id),
    index('audit_actor_action').on(table.actorId, table.action, table.id),
    index('audit_resource').on(table.resourceId, table.id),
    index('audit_action').on(table.action, table.id),
    index('audit_time').on(table.createdAt),
    index('audit_open').on(table.instance).where(sql`outcome = 'open'`),
  ],
)

import { boolean, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, json, time, updatedAt } from './columns.ts'

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
  (table) => [
    index('accounts_user').on(table.userId),
    index('accounts_provider').on(table.providerId, table.accountId),
  ],
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
    /** Until then nothing is run with it: something odd was. */
    throttledUntil: time('throttled_until'),
    createdAt: createdAt(),
  },
  (table) => [index('api_keys_user').on(table.userId, table.id)],
)

/** Users who were deleted, while not all that was theirs is. */
export const departedUsers = pgTable('departed_users', {
  id: text('id').primaryKey(),
  createdAt: createdAt(),
})

/** Failed attempts to sign in, by what they have in common. */
export const signInAttempts = pgTable(
  'sign_in_attempts',
  {
    /** A MAC of an e-mail address, of a network, or of both. */
    key: text('key').primaryKey(),
    failures: integer('failures').notNull(),
    lastAt: time('last_at').notNull(),
    /** Has it succeeded before? */
    succeeded: boolean('succeeded').notNull().default(false),
    /** When it counts no more. */
    forgetAt: time('forget_at').notNull(),
  },
  (table) => [index('sign_in_attempts_forget').on(table.forgetAt)],
)

import { boolean, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt, json, updatedAt } from './columns.ts'

/** Language models that agents may use, as administrators set them up. */
export const models = pgTable('models', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  description: text('description').notNull(),
  /** Up to and without `/chat/completions`. */
  baseUrl: text('base_url').notNull(),
  /** What the endpoint calls it. */
  model: text('model').notNull(),
  /** Sealed; null where the endpoint wants none. */
  apiKey: text('api_key'),
  /** More of the body of a request. */
  parameters: json<unknown>('parameters').notNull(),
  takesImages: boolean('takes_images').notNull(),
  limits: json<unknown>('limits').notNull(),
  /** Who may use it; null for everybody. */
  users: json<unknown>('users'),
  enabled: boolean('enabled').notNull(),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
})

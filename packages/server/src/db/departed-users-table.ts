import { pgTable, text } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'

/** Users who were deleted, while not all that was theirs is. */
export const departedUsers = pgTable('departed_users', {
  id: text('id').primaryKey(),
  createdAt: createdAt(),
})

import { eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { departedUsers, idempotencyKeys } from '../schema.ts'

/** Notes that what belongs to a user who was deleted is to go. */
export async function insertDeparted(db: Database, id: string): Promise<void> {
  await db.insert(departedUsers).values({ id }).onConflictDoNothing()
}

/** Users who were deleted and of whom something is left. */
export async function listDeparted(db: Database): Promise<string[]> {
  return (await db.select({ id: departedUsers.id }).from(departedUsers)).map(({ id }) => id)
}

/** Nothing is left of a user who was deleted. */
export async function forgetDeparted(db: Database, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.delete(idempotencyKeys).where(eq(idempotencyKeys.userId, id))
    await tx.delete(departedUsers).where(eq(departedUsers.id, id))
  })
}

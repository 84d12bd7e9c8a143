import { and, count, eq, inArray } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { apiKeys, users } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'
import type { UserRow } from './users.ts'

/** A key as stored: its hash, never the key. */
export type ApiKeyRow = typeof apiKeys.$inferSelect

/** Adds a key, if its user has fewer than `most`; null where there are so many. */
export async function insertApiKey(
  db: Database,
  row: Omit<ApiKeyRow, 'createdAt' | 'lastUsedAt' | 'throttledUntil'>,
  most: number,
): Promise<ApiKeyRow | null> {
  return await db.transaction(async (tx) => {
    // Of two at once the second one counts the first.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, row.userId)).for('update')
    const [counted] = await tx.select({ n: count() }).from(apiKeys).where(eq(apiKeys.userId, row.userId))
    if ((counted?.n ?? 0) >= most) return null
    const [inserted] = await tx.insert(apiKeys).values(row).returning()
    if (inserted === undefined) throw new TypeError('Cannot insert the key: no row came back')
    return inserted
  })
}

/** The key with this hash and whose it is, or null. */
export async function findApiKey(
  db: Database,
  hash: string,
): Promise<{ key: ApiKeyRow; user: UserRow } | null> {
  const [row] = await db
    .select({ key: apiKeys, user: users })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(eq(apiKeys.hash, hash))
  return row ?? null
}

/** One key by its identifier, or null. */
export async function findApiKeyById(db: Database, id: string): Promise<ApiKeyRow | null> {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, id))
  return row ?? null
}

/** The keys of one user, or of all. */
export async function listApiKeys(
  db: Database,
  userId: string | null,
  request: PageRequest,
): Promise<Page<ApiKeyRow>> {
  const { where, order, take } = pageOf(apiKeys.id, request)
  const whose = userId === null ? undefined : eq(apiKeys.userId, userId)
  return toPage(await db.select().from(apiKeys).where(and(whose, where)).orderBy(order).limit(take), request)
}

/** Notes that these keys were used. */
export async function touchApiKeys(db: Database, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return
  await db
    .update(apiKeys)
    .set({ lastUsedAt: at })
    .where(inArray(apiKeys.id, [...ids]))
}

/** Removes a key. */
export async function deleteApiKey(db: Database, id: string): Promise<boolean> {
  return (await db.delete(apiKeys).where(eq(apiKeys.id, id)).returning({ id: apiKeys.id })).length > 0
}

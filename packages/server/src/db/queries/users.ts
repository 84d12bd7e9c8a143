import { and, count, eq } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { accounts, signIns, users } from '../schema.ts'
import { type Page, type PageRequest, pageOf, toPage } from './page.ts'

/** A user as stored. */
export type UserRow = typeof users.$inferSelect

/** One user, or null. */
export async function findUser(db: Database, id: string): Promise<UserRow | null> {
  const [row] = await db.select().from(users).where(eq(users.id, id))
  return row ?? null
}

/** All users, newest first. */
export async function listUsers(db: Database, request: PageRequest): Promise<Page<UserRow>> {
  const { where, order, take } = pageOf(users.id, request)
  return toPage(await db.select().from(users).where(where).orderBy(order).limit(take), request)
}

/** How many users there are. */
export async function countUsers(db: Database): Promise<number> {
  const [row] = await db.select({ n: count() }).from(users)
  return row?.n ?? 0
}

/** How many administrators can still sign in. Locks them, so that no two at once become none. */
export async function lockEnabledAdmins(db: Database): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), eq(users.disabled, false)))
    .for('update')
  return rows.map(({ id }) => id)
}

/** Adds a user who signs in with a password, which is hashed already. */
export async function insertUser(
  db: Database,
  user: Pick<UserRow, 'id' | 'name' | 'email' | 'role'>,
  credential: { readonly id: string; readonly passwordHash: string },
): Promise<UserRow> {
  return await db.transaction(async (tx) => {
    const [row] = await tx
      .insert(users)
      .values({ ...user, emailVerified: true })
      .returning()
    if (row === undefined) throw new TypeError('Cannot insert the user: no row came back')
    await tx.insert(accounts).values({
      id: credential.id,
      accountId: user.id,
      providerId: 'credential',
      userId: user.id,
      password: credential.passwordHash,
    })
    return row
  })
}

/** Changes a user, or gives null where there is none. */
export async function updateUser(
  db: Database,
  id: string,
  change: Partial<Pick<UserRow, 'name' | 'role' | 'disabled' | 'quotas'>>,
): Promise<UserRow | null> {
  const [row] = await db
    .update(users)
    .set({ ...change, updatedAt: new Date() })
    .where(eq(users.id, id))
    .returning()
  return row ?? null
}

/** The hash of a user's password, or null for one who signs in otherwise. */
export async function findPasswordHash(db: Database, userId: string): Promise<string | null> {
  const [row] = await db
    .select({ password: accounts.password })
    .from(accounts)
    .where(and(eq(accounts.userId, userId), eq(accounts.providerId, 'credential')))
  return row?.password ?? null
}

/** Puts another password's hash in place. */
export async function updatePassword(db: Database, userId: string, passwordHash: string): Promise<void> {
  await db
    .update(accounts)
    .set({ password: passwordHash, updatedAt: new Date() })
    .where(and(eq(accounts.userId, userId), eq(accounts.providerId, 'credential')))
}

/** Signs a user out everywhere. */
export async function deleteSignIns(db: Database, userId: string): Promise<void> {
  await db.delete(signIns).where(eq(signIns.userId, userId))
}

/** Removes a user with everything that signs in. */
export async function deleteUser(db: Database, id: string): Promise<boolean> {
  const rows = await db.delete(users).where(eq(users.id, id)).returning({ id: users.id })
  return rows.length > 0
}

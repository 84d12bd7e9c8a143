import { and, asc, eq, inArray, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { secrets, sessions, tools } from '../schema.ts'

/** A secret as stored. */
export type SecretRow = typeof secrets.$inferSelect
/** What of a secret may be told. */
export type SecretSummary = Omit<SecretRow, 'id' | 'toolId' | 'sessionId' | 'sealed'>
/** What a secret belongs to. */
export type SecretOwner = { readonly toolId: string } | { readonly sessionId: string }

function ofOwner(owner: SecretOwner) {
  return 'toolId' in owner ? eq(secrets.toolId, owner.toolId) : eq(secrets.sessionId, owner.sessionId)
}

/** All secrets of a tool or a session, in the order of their names; few, for their number is bounded. */
export async function secretsOf(db: Database, owner: SecretOwner): Promise<SecretRow[]> {
  return await db.select().from(secrets).where(ofOwner(owner)).orderBy(asc(secrets.name))
}

/**
 * Puts a secret in the place of the one with its name, or adds it if the owner has fewer than `most` others. Gives `full`
 * where it has so many, `gone` where the owner is not there any more.
 */
export async function putSecret(
  db: Database,
  owner: SecretOwner,
  {
    most,
    ...content
  }: Pick<SecretRow, 'id' | 'name' | 'sealed' | 'hosts' | 'places'> & { readonly most: number },
): Promise<SecretRow | 'full' | 'gone'> {
  const { id: _, name: _name, ...change } = content
  return await db.transaction(async (tx) => {
    // Of two at once the second one counts the first.
    const [locked] =
      'toolId' in owner
        ? await tx.select({ id: tools.id }).from(tools).where(eq(tools.id, owner.toolId)).for('update')
        : await tx
            .select({ id: sessions.id })
            .from(sessions)
            .where(eq(sessions.id, owner.sessionId))
            .for('update')
    if (locked === undefined) return 'gone'
    const held = await tx.select({ name: secrets.name }).from(secrets).where(ofOwner(owner))
    if (held.length >= most && held.every(({ name }) => name !== content.name)) return 'full'
    const [row] = await tx
      .insert(secrets)
      .values({ ...content, ...owner })
      .onConflictDoUpdate({
        target: 'toolId' in owner ? [secrets.toolId, secrets.name] : [secrets.sessionId, secrets.name],
        set: { ...change, updatedAt: new Date() },
      })
      .returning()
    return row ?? 'gone'
  })
}

/** Deletes a secret; was there one? */
export async function deleteSecret(db: Database, owner: SecretOwner, name: string): Promise<boolean> {
  const gone = await db
    .delete(secrets)
    .where(and(ofOwner(owner), eq(secrets.name, name)))
    .returning({ id: secrets.id })
  return gone.length > 0
}

/** Deletes the secrets of all tools and sessions of a user. Tools stay, without them. */
export async function deleteSecretsOfUser(db: Database, userId: string): Promise<void> {
  const ownTools = db.select({ id: tools.id }).from(tools).where(eq(tools.ownerId, userId))
  const ownSessions = db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId))
  await db
    .delete(secrets)
    .where(or(inArray(secrets.toolId, ownTools), inArray(secrets.sessionId, ownSessions)))
}

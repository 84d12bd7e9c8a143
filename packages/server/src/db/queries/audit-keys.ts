import { asc } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { auditHead, auditKeys } from '../schema.ts'

/** A public key that has signed the log; `checkpoint`: the head at which the one before handed the log over to it. */
export type AuditKeyRow = typeof auditKeys.$inferSelect

/** Public keys that have signed the log, from the first one to the one that signs it now. */
export async function auditKeysOf(db: Database): Promise<AuditKeyRow[]> {
  return await db.select().from(auditKeys).orderBy(asc(auditKeys.size), asc(auditKeys.createdAt))
}

/** The hand-overs from one key to the next, in their order. */
export async function auditHandoversOf(db: Database): Promise<string[]> {
  return (await auditKeysOf(db)).flatMap(({ checkpoint }) => checkpoint ?? [])
}

/** The key that signs the log: this one, where none has yet. */
export async function takeAuditKey(db: Database, verifier: string): Promise<string> {
  return await db.transaction(async (tx) => {
    // Of two at once the second one finds the key of the first.
    await lockAuditHead(tx)
    const known = await auditKeysOf(tx)
    if (known.length === 0) await tx.insert(auditKeys).values({ verifier, size: 0 })
    return known.at(-1)?.verifier ?? verifier
  })
}

/** Keeps everybody else from appending to the log until the transaction ends. */
export async function lockAuditHead(tx: Database): Promise<void> {
  await tx.select({ id: auditHead.id }).from(auditHead).for('update')
}

/** Another key signs the log from this size on, as the hand-over says. */
export async function addAuditKey(
  tx: Database,
  { verifier, size, checkpoint }: Pick<AuditKeyRow, 'verifier' | 'size' | 'checkpoint'>,
): Promise<void> {
  await tx.insert(auditKeys).values({ verifier, size, checkpoint })
}

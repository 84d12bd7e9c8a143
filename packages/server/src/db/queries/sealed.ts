import { and, asc, eq, gt, isNotNull } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { models, secrets, sessions, tools, toolVersions, webhookDeliveries } from '../schema.ts'

/** Reports whether anything in the database is sealed with the key of the service. */
export async function isAnythingSealed(db: Database): Promise<boolean> {
  const [tool] = await db.select({ id: tools.id }).from(tools).where(isNotNull(tools.auth)).limit(1)
  const [version] = await db
    .select({ version: toolVersions.version })
    .from(toolVersions)
    .where(isNotNull(toolVersions.auth))
    .limit(1)
  const [delivery] = await db
    .select({ id: webhookDeliveries.executionId })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.status, 'pending'), isNotNull(webhookDeliveries.secret)))
    .limit(1)
  const [model] = await db.select({ id: models.id }).from(models).where(isNotNull(models.apiKey)).limit(1)
  const [secret] = await db.select({ id: secrets.id }).from(secrets).limit(1)
  const [session] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(isNotNull(sessions.sealedKey))
    .limit(1)
  return [tool, version, delivery, model, secret, session].some((row) => row !== undefined)
}

/** So many are sealed anew in one transaction. */
const AT_ONCE = 200

/** Seals the key of every session that has one anew, in small pieces. */
export async function resealSessionKeys(
  db: Database,
  reseal: (sealed: string, sessionId: string) => string,
): Promise<void> {
  const { id, sealedKey } = sessions
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after
    after = await db.transaction(async (tx) => {
      const rows = await tx
        .select({ id, sealedKey })
        .from(sessions)
        .where(and(gt(id, from), isNotNull(sealedKey)))
        .orderBy(asc(id))
        .limit(AT_ONCE)
        .for('update')
      for (const row of rows)
        await tx
          .update(sessions)
          .set({ sealedKey: reseal(row.sealedKey ?? '', row.id) })
          .where(eq(id, row.id))
      return rows.length < AT_ONCE ? null : (rows.at(-1)?.id ?? null)
    })
  }
}

import { and, asc, eq, gt, isNotNull, or } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { models, secrets, sessions, tools, toolVersions, webhookDeliveries } from '../schema.ts'
import type { SecretRow } from './secrets.ts'

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

/** Seals a text anew under another key; `id` is of what it belongs to. */
type Reseal = (sealed: string, id: string) => string

/** So many are sealed anew in one transaction. */
const AT_ONCE = 200

/**
 * Goes through rows in pieces, each in a transaction of its own.
 * @param piece seals the next rows after this one, at most 200, in their order, and gives them
 * @returns how many there were
 */
async function inPieces<Row>(
  db: Database,
  piece: (tx: Database, after: Row | null) => Promise<readonly Row[]>,
): Promise<number> {
  let count = 0
  let after: Row | null = null
  for (let more = true; more; ) {
    const from: Row | null = after
    const rows: readonly Row[] = await db.transaction(async (tx) => await piece(tx, from))
    count += rows.length
    after = rows.at(-1) ?? null
    more = rows.length === AT_ONCE
  }
  return count
}

/** Seals every secret of tools anew; gives how many tools had one. */
export async function resealTools(db: Database, reseal: Reseal): Promise<number> {
  const { id, auth } = tools
  const count = await inPieces<{ id: string }>(db, async (tx, after) => {
    const rows = await tx
      .select({ id, auth })
      .from(tools)
      .where(and(gt(id, after?.id ?? ''), isNotNull(auth)))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      if (row.auth !== null)
        await tx
          .update(tools)
          .set({ auth: reseal(row.auth, row.id) })
          .where(eq(id, row.id))
    return rows
  })
  await resealVersions(db, reseal)
  return count
}

async function resealVersions(db: Database, reseal: Reseal): Promise<void> {
  const { toolId, version, auth } = toolVersions
  await inPieces<{ toolId: string; version: number }>(db, async (tx, after) => {
    const from = after ?? { toolId: '', version: 0 }
    const later = or(gt(toolId, from.toolId), and(eq(toolId, from.toolId), gt(version, from.version)))
    // Not their contents, which may be large.
    const rows = await tx
      .select({ toolId, version, auth })
      .from(toolVersions)
      .where(and(later, isNotNull(auth)))
      .orderBy(asc(toolId), asc(version))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      if (row.auth !== null)
        await tx
          .update(toolVersions)
          .set({ auth: reseal(row.auth, row.toolId) })
          .where(and(eq(toolId, row.toolId), eq(version, row.version)))
    return rows
  })
}

/** Seals the secrets of webhooks that have not been delivered anew. */
export async function resealDeliveries(db: Database, reseal: Reseal): Promise<void> {
  const { executionId: id, secret, status } = webhookDeliveries
  await inPieces<{ id: string }>(db, async (tx, after) => {
    const rows = await tx
      .select({ id, secret })
      .from(webhookDeliveries)
      .where(and(gt(id, after?.id ?? ''), eq(status, 'pending')))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      await tx
        .update(webhookDeliveries)
        .set({ secret: reseal(row.secret, row.id) })
        .where(eq(id, row.id))
    return rows
  })
}

/** Seals every key of a model anew. */
export async function resealModels(db: Database, reseal: Reseal): Promise<void> {
  const { id, apiKey } = models
  await inPieces<{ id: string }>(db, async (tx, after) => {
    const rows = await tx
      .select({ id, apiKey })
      .from(models)
      .where(and(gt(id, after?.id ?? ''), isNotNull(apiKey)))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      if (row.apiKey !== null)
        await tx
          .update(models)
          .set({ apiKey: reseal(row.apiKey, row.id) })
          .where(eq(id, row.id))
    return rows
  })
}

/** Seals the key of every session that has one anew. */
export async function resealSessionKeys(db: Database, reseal: Reseal): Promise<void> {
  const { id, sealedKey } = sessions
  await inPieces<{ id: string }>(db, async (tx, after) => {
    const rows = await tx
      .select({ id, sealedKey })
      .from(sessions)
      .where(and(gt(id, after?.id ?? ''), isNotNull(sealedKey)))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      if (row.sealedKey !== null)
        await tx
          .update(sessions)
          .set({ sealedKey: reseal(row.sealedKey, row.id) })
          .where(eq(id, row.id))
    return rows
  })
}

/** Seals every secret that code may use anew; gives how many there are. */
export async function resealSecrets(
  db: Database,
  reseal: (row: Pick<SecretRow, 'sealed' | 'toolId' | 'sessionId' | 'name'>) => string,
): Promise<number> {
  const { id } = secrets
  return await inPieces<{ id: string }>(db, async (tx, after) => {
    const rows = await tx
      .select()
      .from(secrets)
      .where(gt(id, after?.id ?? ''))
      .orderBy(asc(id))
      .limit(AT_ONCE)
      .for('update')
    for (const row of rows)
      await tx
        .update(secrets)
        .set({ sealed: reseal(row) })
        .where(eq(id, row.id))
    return rows
  })
}

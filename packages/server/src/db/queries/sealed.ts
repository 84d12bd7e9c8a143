import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { models, secrets, tools, toolVersions, webhookDeliveries } from '../schema.ts'

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
  return [tool, version, delivery, model, secret].some((row) => row !== undefined)
}

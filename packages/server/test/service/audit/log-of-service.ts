import { asc, eq } from 'drizzle-orm'
import { auditEntries } from '../../../src/db/schema.ts'
import { silentLogger } from '../../../src/logger.ts'
import { readLeaf } from '../../../src/services/audit/audit-event.ts'
import { HeadPublisher } from '../../../src/services/audit/head-publisher.ts'
import { databaseReader } from '../../../src/services/audit/verify/database-reader.ts'
import { verifyLog } from '../../../src/services/audit/verify/verify-log.ts'
import type { ServiceContext } from '../../../src/services/context.ts'
import { AUDIT_KEY } from '../fixtures/service.ts'

/** Something to record. */
export const DEED = { action: 'audit.verify', resourceId: null } as const
/** Publishes nothing. */
export const heads = () => new HeadPublisher({ everySeconds: 60 }, silentLogger)

/** Gives everything its place, and verifies the whole. */
export async function verified({ db, auditLog }: ServiceContext) {
  await auditLog.flush()
  return await verifyLog(databaseReader(db), { verifiers: [AUDIT_KEY.verifier], isKeyApart: true })
}

/** What the log holds of a deed: its beginning and its end. */
export const eventsOf = async ({ db }: ServiceContext, deedId: string) =>
  (
    await db
      .select()
      .from(auditEntries)
      .where(eq(auditEntries.deedId, deedId))
      .orderBy(asc(auditEntries.index))
  ).map(({ leaf }) => readLeaf(leaf))

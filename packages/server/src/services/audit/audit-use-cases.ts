import { auditHandoversOf } from '../../db/queries/audit-keys.ts'
import { auditHeadOf } from '../../db/queries/audit-log.ts'
import { type Actor, demand, demandAdministrator } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import { ConflictError, NotFoundError, UnavailableError } from '../errors.ts'
import { readExecution } from '../executions/executions.ts'
import { exportLines, type LineFormat } from './export/export-lines.ts'
import { proofOfExecution } from './proof.ts'
import { headsIn } from './verify/check-heads.ts'
import { databaseReader } from './verify/database-reader.ts'
import { type VerifyReport, verifyLog } from './verify/verify-log.ts'

/** So many entries are read again where nobody says from where on: two seconds of work. */
const LAST_ENTRIES = 100_000

/** Contexts in which a verification is under way: one at a time is enough for everybody. */
const verifying = new WeakSet<ServiceContext>()

/**
 * Verifies the log for an administrator: the tree whole, entries from `since` on, by default the last 100,000.
 * @throws ConflictError while another one does
 */
export async function verifyAudit(
  context: ServiceContext,
  actor: Actor,
  since: number | undefined,
): Promise<VerifyReport & { readonly since: number }> {
  demandAdministrator(actor, 'verify the audit log')
  if (verifying.has(context)) throw new ConflictError('Cannot verify the audit log: somebody does already')
  verifying.add(context)
  try {
    return await audited(
      context,
      { who: actor, deed: { action: 'audit.verify', resourceId: null } },
      async () => {
        const { db, auditLog } = context
        const { size } = await auditHeadOf(db)
        const from = since ?? Math.max(0, size - LAST_ENTRIES)
        const heads = headsIn(auditLog.headFile)
        const report = await verifyLog(databaseReader(db), {
          ...{ verifiers: [auditLog.verifier], isKeyApart: true, heads, since: from },
        })
        return { ...report, since: from }
      },
    )
  } finally {
    verifying.delete(context)
  }
}

/** The head of the log, the public key that signs it, and how earlier keys have handed it over. */
export async function auditHead({ db, auditLog }: ServiceContext, actor: Actor) {
  demand(actor, 'read', { resource: 'audit', id: '', ownership: 'own' })
  const { size, checkpoint, minimumIndex } = await auditHeadOf(db)
  const handovers = await auditHandoversOf(db)
  return { size, checkpoint, minimumIndex, key: auditLog.verifier.text, handovers }
}

/** The whole log as lines, for an administrator. */
export async function exportAudit(
  context: ServiceContext,
  actor: Actor,
  { format, from }: { readonly format: LineFormat; readonly from: number },
): Promise<AsyncGenerator<string, void, void>> {
  demandAdministrator(actor, 'export the audit log')
  const deed = { action: 'audit.export', resourceId: null, detail: { format, from } } as const
  return await audited(context, { who: actor, deed }, async () => exportLines(context.db, format, from))
}

/**
 * The proof that an execution which the actor may see is in the log.
 * @throws NotFoundError when the audit of it was kept long enough
 */
export async function proveExecution(context: ServiceContext, actor: Actor, id: string): Promise<string> {
  await readExecution(context, actor, id)
  const proof = await context.auditLog.flush().then(
    async () => await proofOfExecution(context.db, id),
    (cause: unknown) => {
      throw new UnavailableError('audit log', { cause })
    },
  )
  if (proof === null) throw new NotFoundError('proof of execution', id)
  return proof
}

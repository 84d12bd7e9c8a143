import type { Database } from '../../db/index.ts'
import { auditKeysOf } from '../../db/queries/audit-keys.ts'
import { auditHeadOf, auditTilesAt } from '../../db/queries/audit-log.ts'
import { AuditLogError } from './log-key.ts'
import { KeyRing } from './tlog/key-ring.ts'
import { edgePlaces, RightEdge } from './tlog/right-edge.ts'
import { parseVerifier } from './tlog/signed-note.ts'

/** The log as somebody has left it, or found it. */
export interface Head {
  readonly checkpoint: string | null
  readonly edge: RightEdge
}

/**
 * Reads the head, and the public key that signs the log now; null where none does yet.
 * @param signed the size of the last head that the caller knows to be signed
 * @throws AuditLogError when it does not fit, or has become smaller
 */
export async function readHead(db: Database, signed = 0): Promise<Head & { readonly key: string | null }> {
  const { size, checkpoint } = await auditHeadOf(db)
  if (size < signed)
    throw new AuditLogError(
      `Cannot go on with the audit log: it has ${size} entries, and had ${signed} when it was signed last`,
    )
  const edge = RightEdge.from(size, await auditTilesAt(db, edgePlaces(size)))
  const rows = await auditKeysOf(db)
  const key = rows.at(-1)?.verifier ?? null
  if (size === 0 && checkpoint === null) return { checkpoint, edge, key }
  const keys = new KeyRing(
    rows.flatMap(({ verifier }) => parseVerifier(verifier) ?? []),
    rows.flatMap((row) => row.checkpoint ?? []),
  )
  const head = keys.open(checkpoint ?? '')
  if (head === null || head.size !== size || !head.root.equals(edge.root()))
    throw new AuditLogError(
      'Cannot go on with the audit log: its tree is not what its head says; "audit verify" tells more',
    )
  return { checkpoint, edge, key }
}

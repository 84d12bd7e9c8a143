import type { Database } from '../../db/index.ts'
import { insertEvents } from '../../db/queries/audit.ts'
import { addAuditKey, auditKeysOf, lockAuditHead } from '../../db/queries/audit-keys.ts'
import { appendToLog, auditWaitingOf } from '../../db/queries/audit-log.ts'
import { ListedSecrets } from '../listed-secrets.ts'
import { doneAtOnce, SERVICE_ITSELF } from './deed-record.ts'
import { readHead } from './log-head.ts'
import { AuditLogError } from './log-key.ts'
import { signCheckpoint } from './tlog/checkpoint.ts'
import { signHandover } from './tlog/handover.ts'
import { leafHash } from './tlog/hashes.ts'
import type { NoteSigner } from './tlog/signed-note.ts'

/** What a hand-over came to: the last head of the old key, which names the new one, and the first head of the new key. */
export interface HandedOver {
  readonly size: number
  readonly handover: string
  readonly checkpoint: string
}

/**
 * Hands the log over from the key that signs it to another one: the last head of the old key, signed by both, and the deed
 * that says so at the two places after it, under the first head of the new key. All of it is one transaction: services that
 * append meanwhile find another head than theirs, and the new key.
 * @throws AuditLogError when another key signs the log, or the new one has signed it before
 */
export async function handOver(
  db: Database,
  { from, to, instance }: { readonly from: NoteSigner; readonly to: NoteSigner; readonly instance: string },
): Promise<HandedOver> {
  return await db.transaction(async (tx) => {
    await lockAuditHead(tx)
    const { checkpoint: last, edge } = await demandHead(tx, from, to)
    const origin = from.verifier.name
    const { size } = edge
    const handover = signHandover({ origin, size, root: edge.root() }, from, to)
    await addAuditKey(tx, { verifier: to.verifier.text, size, checkpoint: handover })
    const detail = { from: from.verifier.text, to: to.verifier.text, handover }
    const deed = { action: 'audit.rotate-key', resourceId: null, detail } as const
    const events = doneAtOnce({ instance, listed: new ListedSecrets() }, { who: SERVICE_ITSELF, deed })
    await insertEvents(tx, events)
    const tiles = edge.append(events.map(({ leaf }) => leafHash(leaf)))
    const checkpoint = signCheckpoint({ origin, size: edge.size, root: edge.root() }, [to])
    const waiting = await auditWaitingOf(tx, events[0]?.deedId ?? '')
    const isDone = await appendToLog(tx, { before: { size, checkpoint: last }, waiting, tiles, checkpoint })
    if (!isDone) throw new AuditLogError('Cannot hand the audit log over: it has grown meanwhile')
    return { size, handover, checkpoint }
  })
}

async function demandHead(tx: Database, from: NoteSigner, to: NoteSigner) {
  const head = await readHead(tx)
  if (head.key !== from.verifier.text)
    throw new AuditLogError(
      head.key === null
        ? 'Cannot hand the audit log over: no key has signed it yet'
        : `Cannot hand the audit log over with the key "${from.verifier.text}": it is signed with "${head.key}"`,
    )
  const known = await auditKeysOf(tx)
  if (to.verifier.name !== from.verifier.name || known.some(({ verifier }) => verifier === to.verifier.text))
    throw new AuditLogError(
      `Cannot hand the audit log over to the key "${to.verifier.text}": it has signed the log before, or is another log's`,
    )
  return head
}

import type { Database } from '../../db/index.ts'
import { auditHeadOf, auditTilesAt, lastEntryOfExecution } from '../../db/queries/audit-log.ts'
import { readCheckpoint } from './tlog/checkpoint.ts'
import { inclusionProof, tilesForProof } from './tlog/inclusion.ts'
import { writeProof } from './tlog/tlog-proof.ts'

/**
 * The proof that the last entry of an execution, its end where it has ended, is in the log: text that can be checked later
 * without it. Null when the log has none.
 */
export async function proofOfExecution(db: Database, executionId: string): Promise<string | null> {
  const entry = await lastEntryOfExecution(db, executionId)
  const { checkpoint } = await auditHeadOf(db)
  const size = readCheckpoint(checkpoint ?? '')?.size ?? 0
  if (entry === null || checkpoint === null || entry.index >= size) return null
  const tiles = await auditTilesAt(db, tilesForProof(entry.index, size))
  const hashes = inclusionProof(entry.index, size, tiles)
  return writeProof({ leaf: entry.leaf, index: entry.index, hashes, checkpoint })
}

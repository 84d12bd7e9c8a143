import type { Database } from '../../../db/index.ts'
import { auditHandoversOf } from '../../../db/queries/audit-keys.ts'
import {
  type AuditEntryRow,
  auditEntriesFrom,
  auditHeadOf,
  auditLag,
  auditTilesFrom,
} from '../../../db/queries/audit-log.ts'
import type { LogReader, StoredEntry } from './log-reader.ts'

const ENTRIES_AT_ONCE = 512
const TILES_AT_ONCE = 64

/** The log of a database. */
export function databaseReader(db: Database): LogReader {
  return {
    head: async () => await auditHeadOf(db),
    handovers: async () => await auditHandoversOf(db),
    tiles: async (level, index) => await auditTilesFrom(db, { level, index }, TILES_AT_ONCE),
    entries: async (index) => (await auditEntriesFrom(db, index, ENTRIES_AT_ONCE)).map(storedEntry),
    waiting: async () => (await auditLag(db)).waiting,
  }
}

function storedEntry(row: AuditEntryRow): StoredEntry {
  return {
    ...{ index: row.index, deed: row.deedId, phase: row.phase, time: row.time.toISOString(), leaf: row.leaf },
    ...{ actor: row.actorId, action: row.action, resource: row.resourceId },
    ...{ outcome: row.outcome, execution: row.executionId },
  }
}

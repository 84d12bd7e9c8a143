import type { AuditEvent } from '../audit-event.ts'
import type { Tile } from '../tlog/right-edge.ts'

/** What an entry is found by, under the names that its bytes have for it. */
export const COLUMNS = [
  ...(['deed', 'phase', 'time', 'actor', 'action', 'resource', 'outcome', 'execution'] as const),
] as const

/** The columns of an entry, and its place. */
export type EntryColumns = Pick<AuditEvent, (typeof COLUMNS)[number]> & { readonly index: number }

/** An entry as it is stored: its bytes, and the columns beside them. */
export type StoredEntry = EntryColumns & { readonly leaf: Buffer }

/** A log that somebody else has written, in a database or a folder. */
export interface LogReader {
  head(): Promise<{ readonly checkpoint: string | null; readonly minimumIndex: number }>
  /** The hand-overs from one of its keys to the next, as notes. */
  handovers(): Promise<readonly string[]>
  /** Tiles of a level from an index on, in their order; a part of them, none at the end. */
  tiles(level: number, index: number): Promise<readonly Tile[]>
  /** Entries from an index on, in their order; a part of them, none at the end. */
  entries(index: number): Promise<readonly StoredEntry[]>
  /** Recorded events that have no place in the log yet. */
  waiting(): Promise<number>
}

/** Something that is not as the log was signed. `index`: the entry where it shows first, where there is one. */
export interface Problem {
  readonly index: number | null
  readonly problem: string
}

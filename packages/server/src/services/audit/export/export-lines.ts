import type { Database } from '../../../db/index.ts'
import { databaseReader } from '../verify/database-reader.ts'
import { COLUMNS, type StoredEntry } from '../verify/log-reader.ts'

export const LINE_FORMATS = ['jsonl', 'csv'] as const
export type LineFormat = (typeof LINE_FORMATS)[number]

const CELLS = ['index', ...COLUMNS] as const

/** The log as lines for people and spreadsheets, oldest first: whole entries as JSON, or columns as CSV. */
export async function* exportLines(
  db: Database,
  format: LineFormat,
  from = 0,
): AsyncGenerator<string, void, void> {
  const reader = databaseReader(db)
  if (format === 'csv') yield `${CELLS.join(',')}\r\n`
  for (let part = await reader.entries(from); part.length > 0; ) {
    yield part.map(format === 'csv' ? csvLine : jsonLine).join('')
    part = await reader.entries((part.at(-1)?.index ?? 0) + 1)
  }
}

/** The bytes are JSON without a line break: they stand as they are, so that their hash can be taken. */
function jsonLine({ index, leaf }: StoredEntry): string {
  return `{"index":${index},"entry":${leaf.toString()}}\n`
}

function csvLine(entry: StoredEntry): string {
  return `${CELLS.map((name) => cellOf(entry[name])).join(',')}\r\n`
}

/** What a spreadsheet would take for a formula gets an apostrophe before it. */
function cellOf(value: string | number | null): string {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

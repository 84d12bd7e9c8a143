import { existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { auditKeysOf } from '../db/queries/audit-keys.ts'
import { exportFolder } from '../services/audit/export/export-folder.ts'
import { exportLines, LINE_FORMATS } from '../services/audit/export/export-lines.ts'
import { databaseReader } from '../services/audit/verify/database-reader.ts'
import { auditConfig, openAuditDatabase } from './audit-database.ts'
import type { AuditExportFlags } from './audit-flags.ts'
import { say } from './say.ts'

/** Exports the log; gives the exit code. */
export async function auditExport(flags: AuditExportFlags): Promise<number> {
  const { format = 'jsonl', to } = flags
  const lines = LINE_FORMATS.find((each) => each === format)
  if (lines === undefined && format !== 'tiles')
    throw new UsageError(`--format: "${format}" is none of tiles, ${LINE_FORMATS.join(', ')}`)
  if (lines === undefined && to === undefined)
    throw new UsageError('--to: say which folder the tiles go into')
  if (to !== undefined && existsSync(to)) throw new UsageError(`--to: "${to}" is there already`)
  await using database = await openAuditDatabase(auditConfig(flags))
  if (lines !== undefined) {
    await pipeline(Readable.from(exportLines(database.db, lines)), process.stdout, { end: false })
    return EXIT_SUCCESS
  }
  const key = (await auditKeysOf(database.db)).at(-1)?.verifier ?? ''
  const size = await exportFolder(databaseReader(database.db), to ?? '', key)
  say(`${size} entries are in "${to}"`)
  return EXIT_SUCCESS
}

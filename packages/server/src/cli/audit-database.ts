import { existsSync, readFileSync } from 'node:fs'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { Config } from '../config.ts'
import { FolderInUseError, type OpenDatabase, openDatabase } from '../db/index.ts'
import { auditKeyOf, auditKeyPath } from '../services/audit/log-key.ts'
import { type NoteVerifier, parseVerifier } from '../services/audit/tlog/signed-note.ts'
import type { AuditFlags } from './audit-flags.ts'
import { settingsOf } from './command-config.ts'
import { toUsageError } from './serve.ts'

/** The configuration that holds for a command. @throws UsageError */
export function auditConfig({ dataDir }: AuditFlags): Config {
  return settingsOf(dataDir === undefined ? {} : { dataDir })
}

/** Opens the database with the log. @throws UsageError when there is none, or a service has it */
export async function openAuditDatabase(
  { dataDir, databaseUrl }: Config,
  sync: Config['databaseSync'] = 'soon',
): Promise<OpenDatabase> {
  if (databaseUrl !== undefined) return await openDatabase({ url: databaseUrl, maxConnections: 2 })
  if (!existsSync(dataDir)) throw new UsageError(`there is no data folder "${dataDir}"`)
  return await openDatabase({ folder: dataDir, sync }).catch((error: unknown) => {
    if (error instanceof FolderInUseError)
      throw new UsageError(`${error.message}; or ask the service itself, below /api/v1/audit`, {
        cause: error,
      })
    return toUsageError(error)
  })
}

/** The key that verifies the log: one that is named, or that of the key file; null where there is neither. */
export function auditVerifier({ key }: AuditFlags, { auditKey, dataDir }: Config): NoteVerifier | null {
  if (key !== undefined) {
    const verifier = parseVerifier(key.trim())
    if (verifier === null)
      throw new UsageError(`"${key}" is no public key of a log: <name>+<number>+<base64>`)
    return verifier
  }
  try {
    if (auditKey !== undefined) return auditKeyOf(auditKey).verifier
    const path = auditKeyPath(dataDir)
    return existsSync(path)
      ? auditKeyOf(readFileSync(path, 'utf8').trim(), `the key file "${path}"`).verifier
      : null
  } catch (error) {
    return toUsageError(error)
  }
}

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from 'agentchat-sandbox-base/disk/place-file'
import { type NoteSigner, newSignerText, parseSigner } from './tlog/signed-note.ts'

/** The key of the audit log, or the log itself, cannot be used. */
export class AuditLogError extends Error {
  override readonly name = 'AuditLogError'
  readonly code = 'secret-unusable'
}

/** Where the key of the log is, beside that of the secrets. */
export function auditKeyPath(folder: string): string {
  return join(folder, 'audit.key')
}

/**
 * The key that signs the log, in a file of the data folder that only its owner may read; made there when it is missing.
 * @param isSigned has a key signed the log? Then a new one would be another log's.
 * @throws AuditLogError when others may read it, it is no key, or it is missing beside what it has signed
 */
export function auditKeyOfFolder(folder: string, isSigned: boolean): NoteSigner {
  const path = auditKeyPath(folder)
  if (isSigned && !existsSync(path))
    throw new AuditLogError(
      `Cannot find the key file "${path}", with which the audit log is signed: put it back from a backup, copy it from ` +
        'another service on this database, or set AGENTCHAT_AUDIT_KEY to its text',
    )
  // The name of the key is that of the log.
  makeFile(path, `${newSignerText(`agentchat-sandbox/${randomBytes(8).toString('hex')}`)}\n`)
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new AuditLogError(`Cannot use the key file "${path}": others may read it; run chmod 600 on it`)
  return auditKeyOf(readFileSync(path, 'utf8').trim(), `the key file "${path}"`)
}

/** @throws AuditLogError when the text is no key */
export function auditKeyOf(text: string, where = 'AGENTCHAT_AUDIT_KEY'): NoteSigner {
  const signer = parseSigner(text)
  if (signer === null) throw new AuditLogError(`Cannot use ${where}: it holds no key of an audit log`)
  return signer
}

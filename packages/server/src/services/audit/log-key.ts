import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from 'agentchat-sandbox-base/disk/draft'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'
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

/** Where the key is that the log is about to be handed over to. */
export function nextAuditKeyPath(folder: string): string {
  return join(folder, 'audit.key.next')
}

/**
 * The key that signs the log, in a file of the data folder that only its owner may read; made there when it is missing. A
 * hand-over that was broken off after the log had changed hands is ended.
 * @param current the public key that signs the log now, null where none does; a new one would be another log's
 * @throws AuditLogError when others may read it, it is no key, or it is missing beside what it has signed
 */
export function auditKeyOfFolder(folder: string, current: string | null): NoteSigner {
  const path = auditKeyPath(folder)
  if (current !== null) takeNextKey(folder, current)
  if (current !== null && !existsSync(path))
    throw new AuditLogError(
      `Cannot find the key file "${path}", with which the audit log is signed: put it back from a backup, copy it from ` +
        'another service on this database, or set AGENTCHAT_AUDIT_KEY to its text',
    )
  // The name of the key is that of the log.
  makeFile(path, `${newSignerText(`agentchat-sandbox/${randomBytes(8).toString('hex')}`)}\n`)
  return readKeyFile(path)
}

/**
 * A key that the log of this name can be handed over to, in this file: made there, or left there by a hand-over that was
 * broken off. It is on the disk before anything is signed for it.
 * @throws AuditLogError when what is there is none
 */
export async function nextAuditKey(path: string, folder: string, name: string): Promise<NoteSigner> {
  makeFile(path, `${newSignerText(name)}\n`)
  await syncFolder(folder)
  const signer = readKeyFile(path)
  if (signer.verifier.name === name) return signer
  throw new AuditLogError(`Cannot hand the audit log over to the key in "${path}": it is that of another log`)
}

/** Puts the next key in its place, if it is the one that signs the log now; the one before stays as `audit.key.previous`. */
export function takeNextKey(folder: string, current: string): boolean {
  const [path, next] = [auditKeyPath(folder), nextAuditKeyPath(folder)]
  const previous = `${path}.previous`
  try {
    if (!existsSync(next) || readKeyFile(next).verifier.text !== current) return false
    if (existsSync(path) && readKeyFile(path).verifier.text !== current) {
      rmSync(previous, { force: true })
      linkSync(path, previous)
    }
    renameSync(next, path)
    return true
  } catch (error) {
    // Another service on the folder does the same at this moment.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Reads a key file. @throws AuditLogError when others may read it, or it is no key */
export function readKeyFile(path: string): NoteSigner {
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

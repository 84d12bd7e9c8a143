import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile, replaceFile } from 'agentchat-sandbox-base/disk/place-file'
import { KEY_BYTES, SecretBoxError } from './secret-box.ts'

/**
 * The key in the data folder, made there when it is missing, readable for its owner alone.
 * @throws SecretBoxError when others may read it, or it is no key
 */
export function keyOfFolder(folder: string): Uint8Array {
  const path = join(folder, 'secret.key')
  makeFile(path, newKey())
  return readKey(path)
}

/** The key before, while secrets may still be sealed with it; else undefined. @throws SecretBoxError */
export function previousKeyOfFolder(folder: string): Uint8Array | undefined {
  const path = previousPath(folder)
  return existsSync(path) ? readKey(path) : undefined
}

/**
 * Puts a new key in the place of the one in the folder, and keeps that beside it until `forgetPreviousKey`: a start that
 * finds both seals everything anew. No service may use the folder.
 */
export function changeKeyOfFolder(folder: string): void {
  const path = join(folder, 'secret.key')
  linkSync(path, previousPath(folder))
  replaceFile(path, newKey())
}

/** Everything is sealed with the new key. */
export function forgetPreviousKey(folder: string): void {
  rmSync(previousPath(folder), { force: true })
}

function previousPath(folder: string): string {
  return join(folder, 'secret.key.previous')
}

function newKey(): string {
  return `${randomBytes(KEY_BYTES).toString('base64')}\n`
}

function readKey(path: string): Uint8Array {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new SecretBoxError(`Cannot use the key file "${path}": others may read it; run chmod 600 on it`)
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (key.length !== KEY_BYTES) throw new SecretBoxError(`Cannot use the key file "${path}": it holds no key`)
  return key
}

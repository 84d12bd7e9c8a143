import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolderSync } from 'agentchat-sandbox-base/disk/make-folder'
import { makeFile, replaceFile } from 'agentchat-sandbox-base/disk/place-file'
import { z } from 'zod'
import { type SecretBox, SecretBoxError } from '../secret-box.ts'

const KEY_BYTES = 32

/** What stands in a folder of sessions beside them: its name, and the key of its sessions, sealed. */
const labelSchema = z.strictObject({ id: z.uuid(), key: z.string() })

/** A folder in which sessions are kept. Several services of one machine may share it. */
export interface KeptFolder {
  /** The name of the folder, wherever it is: rows of sessions say in which one their bytes are. */
  readonly id: string
  readonly root: string
  /** Within it the sessions themselves. */
  readonly folder: string
  /** Seals the sessions. It is a key of its own, so that the key of the service can be changed without them. */
  readonly key: Uint8Array
}

/**
 * Opens a folder for sessions, and makes it when it is missing.
 * @param boxes the key of the service, and the one before it, with which the folder may be sealed still
 * @throws SecretBoxError when the folder was sealed with another key
 */
export function openKeptFolder(
  root: string,
  boxes: { readonly now: SecretBox; readonly before: SecretBox | null },
): KeptFolder {
  makeFolderSync(root)
  const path = join(root, 'store.json')
  const id = randomUUID()
  const key = boxes.now.seal(randomBytes(KEY_BYTES).toString('base64'), placeOf(id))
  makeFile(path, JSON.stringify({ id, key }))
  const label = labelSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  const { before, now } = boxes
  const old = before !== null && !now.sealed(label.key) ? before : null
  const plain = opened(root, () => (old ?? now).open(label.key, placeOf(label.id)))
  if (old !== null) {
    const resealed = { id: label.id, key: now.seal(plain, placeOf(label.id)) }
    replaceFile(path, JSON.stringify(resealed))
  }
  return { id: label.id, root, folder: join(root, 'kept'), key: Buffer.from(plain, 'base64') }
}

/** Reports whether sessions are, or were, kept in a folder. */
export function hasSealedSessions(root: string): boolean {
  return existsSync(join(root, 'store.json'))
}

function opened(root: string, open: () => string): string {
  try {
    return open()
  } catch (cause) {
    const reason = 'they were sealed with another key (AGENTCHAT_SECRET_KEY)'
    throw new SecretBoxError(`Cannot use the sessions in "${root}": ${reason}`, { cause })
  }
}

function placeOf(id: string): string {
  return `session-store ${id}`
}

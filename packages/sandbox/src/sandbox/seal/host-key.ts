import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { removeStaleDrafts, syncFolder, writeDraft } from 'agentchat-sandbox-base/disk/draft'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'
import { makeFolder } from 'agentchat-sandbox-base/disk/make-folder'
import { linkNew } from 'agentchat-sandbox-base/disk/place-file'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { SessionKeyError } from '../errors/errors.ts'
import type { FileAccess } from '../permissions/file-access.ts'
import { futureRealPath, isInside } from '../permissions/real-path.ts'
import { type OpenFile, openFile } from './open-file.ts'
import { KEY_BYTES } from './seal.ts'

const INSTEAD = 'or give a key of your own as "sessionKey"'
const LOST = 'the sessions that were sealed with it are lost then'

/** The option `sessionKey`: a key of the caller's own. */
export const sessionKeySchema = late(() =>
  z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length === KEY_BYTES,
    `must be a Uint8Array of ${KEY_BYTES} bytes`,
  ),
)

/** Where the host key is kept when none is given: inside the cache folder, which no list of files can grant. */
export function hostKeyPath(cacheDir: string): string {
  return join(cacheDir, 'keys', 'session.key')
}

/**
 * The key of this host and user, made on first use. Processes that ask at the same time get the same one.
 * `files` is what workers may touch: a key that one could read or replace is refused.
 * @throws SessionKeyError
 */
export async function hostKey(cacheDir: string, files: FileAccess): Promise<Uint8Array> {
  const path = hostKeyPath(cacheDir)
  refuseGranted(path, files)
  try {
    const key = (await readKey(path)) ?? (await makeKey(path))
    await removeStaleDrafts(dirname(path)).catch(() => {})
    return key
  } catch (cause) {
    if (cause instanceof SessionKeyError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SessionKeyError(path, `${reason}; make its folder writable for you, ${INSTEAD}`, { cause })
  }
}

/**
 * Refuses a key that a worker could come by.
 * @throws SessionKeyError
 */
export function refuseGranted(path: string, { read, write }: Pick<FileAccess, 'read' | 'write'>): void {
  const key = futureRealPath(path)
  for (const [option, grant] of Object.entries({ allowRead: read, allowWrite: write })) {
    const granted =
      grant === true || grant.some((target) => isInside(target, key) || isInside(dirname(key), target))
    if (granted)
      throw new SessionKeyError(path, `"${option}" grants it to code in the sandbox; grant less, ${INSTEAD}`)
  }
}

/** Null when there is none. */
async function readKey(path: string): Promise<Uint8Array | null> {
  let opened: OpenFile | null
  try {
    opened = await openFile(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
  if (opened === null) throw new SessionKeyError(path, 'it is a link, or no file')
  await using file = opened
  refuseSharedFolder(path, await lstat(dirname(path)))
  refuseShared(path, 'it', await file.handle.stat())
  const key = new Uint8Array(KEY_BYTES)
  const { bytesRead } = await file.handle.read(key, 0, KEY_BYTES, 0)
  if (bytesRead === KEY_BYTES && file.size === KEY_BYTES) return key
  throw new SessionKeyError(
    path,
    `it has ${file.size} bytes, and ${KEY_BYTES} are needed; restore or remove it, and ${LOST}`,
  )
}

/** A user who can write to the folder can replace the key. */
function refuseSharedFolder(path: string, stats: Stats): void {
  if (!stats.isDirectory()) throw new SessionKeyError(path, `"${dirname(path)}" is a link or a file`)
  refuseShared(path, 'its folder', stats)
}

/** Another user who can read the key can read and forge sessions. */
function refuseShared(path: string, what: 'it' | 'its folder', { uid, mode }: Stats): void {
  const me = process.geteuid?.()
  // Windows has no such rights; there the folder is in the profile of the user.
  if (me === undefined) return
  if (uid !== me)
    throw new SessionKeyError(path, `${what} belongs to user ${uid}, not to ${me}; remove it, ${INSTEAD}`)
  if ((mode & 0o077) === 0) return
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  const command = what === 'it' ? `chmod 600 "${path}"` : `chmod 700 "${dirname(path)}"`
  throw new SessionKeyError(
    path,
    `others have access to ${what} (mode ${shown}); if nobody has used that, ${command}, else remove it, and ${LOST}`,
  )
}

async function makeKey(path: string): Promise<Uint8Array> {
  const folder = dirname(path)
  await makeFolder(dirname(folder))
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  refuseSharedFolder(path, await lstat(folder))
  const draft = await writeDraft(folder, [randomBytes(KEY_BYTES)])
  try {
    // Unlike a rename it does nothing when another process was faster; then theirs is the key.
    linkNew(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
  const key = await readKey(path)
  if (key === null) throw new SessionKeyError(path, 'somebody removed it while it was made')
  return key
}

import { randomUUID } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = '.draft-'
/**
 * Nobody writes for that long without a byte arriving. The age is all that tells: the writer may run in another
 * container, where its process id means nothing here.
 */
const STALE_MS = 300_000

/** A name that nobody else uses, for a file that is moved away from it; what stays there is removed some day. */
export function draftPath(folder: string): string {
  return join(folder, `${PREFIX}${randomUUID()}`)
}

/**
 * Writes a file that only its owner may read, under a name of its own, and waits until it is on the disk. Moved to its
 * place by `rename` or `link` it is there as a whole or not at all. A draft that cannot be finished is removed.
 */
export async function writeDraft(folder: string, pieces: readonly Uint8Array[]): Promise<string> {
  const path = draftPath(folder)
  const handle = await open(path, 'wx', 0o600)
  try {
    try {
      for (const piece of pieces) await handle.writeFile(piece)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return path
}

/** The same for a short text, without waiting in between. */
export function writeDraftNow(folder: string, text: string): string {
  const path = draftPath(folder)
  writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true })
  // A mask of the process may have taken rights of the owner away.
  chmodSync(path, 0o600)
  return path
}

/** Waits until the names in a folder are on the disk: without it a power failure could undo a `rename`. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows does not open folders, and keeps a journal of names by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes drafts that a crash left behind. */
export async function removeStaleDrafts(folder: string): Promise<void> {
  await removeStale(folder, { prefixes: [PREFIX], olderThanMs: STALE_MS })
}

/** Removes files and folders whose names begin so and that nobody has changed for so long. */
export async function removeStale(
  folder: string,
  { prefixes, olderThanMs }: { readonly prefixes: readonly string[]; readonly olderThanMs: number },
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue
    const path = join(folder, name)
    // Another process may remove it first.
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > olderThanMs) await rm(path, { recursive: true, force: true })
  }
}

import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'

/** Not through a link, where the platform can be told so. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0)

/**
 * Opens a file below a folder to write it anew, and makes the folders on the way. Links below the folder are not
 * followed: what Python names decides the way, and a link that lies there leads elsewhere.
 * @throws Error when something on the way is no folder, or the file is a link
 */
export async function openBelow(folder: string, name: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true })
  const parts = name.split('/')
  const file = parts.pop() ?? ''
  let path = folder
  for (const part of parts) {
    path = join(path, part)
    await mkdir(path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error
    })
    const there = await lstat(path)
    if (there.isSymbolicLink()) throw new Error(`"${path}" is a link, and links are not followed`)
    if (!there.isDirectory()) throw new Error(`"${path}" is no folder`)
  }
  path = join(path, file)
  // Where the platform cannot be told, looking comes first: nobody else is at work here.
  const there = await lstat(path).catch(() => null)
  if (there?.isSymbolicLink()) throw new Error(`"${path}" is a link, and links are not followed`)
  return await open(path, NEW_FILE)
}

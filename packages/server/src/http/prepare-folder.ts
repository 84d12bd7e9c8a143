import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { makeFolderSync } from 'agentchat-sandbox-base/disk/make-folder'
import { type FolderSetting, folderRefusal } from './start-refusal.ts'

/** What the embedded database takes when it is made, and some for what comes first. */
const NEW_DATABASE_BYTES = 96 * 2 ** 20

/** Makes a folder of the service, and sees whether it can be written to. @throws StartRefusedError */
export function prepareFolder(folder: FolderSetting): void {
  try {
    makeFolderSync(folder.path)
    if (!statSync(folder.path).isDirectory()) throw failure('ENOTDIR')
    accessSync(folder.path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw folderRefusal(folder, error)
  }
}

/** Sees whether a new embedded database has room. @throws StartRefusedError */
export function demandRoomForDatabase(folder: FolderSetting): void {
  const { bavail, bsize } = statfsSync(folder.path)
  if (bavail * bsize < NEW_DATABASE_BYTES) throw folderRefusal(folder, failure('ENOSPC'))
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

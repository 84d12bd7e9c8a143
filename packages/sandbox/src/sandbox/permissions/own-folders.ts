import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { temporaryRoot } from '../host/guardian.ts'

const { packageFolder: PACKAGE_FOLDER } = ownTree(import.meta.url)

/**
 * What no list may grant: what is kept (images, from which later workers start, and sessions); the folders of workers
 * that run now; and, for writing, this package, whose code runs on the host. `grantsFiles` says whether any list will be
 * held against it.
 */
export function ownFolders(
  kept: readonly string[],
  grantsFiles: boolean,
): { read: string[]; write: string[] } {
  const own = grantsFiles ? [...kept, temporaryRoot()] : []
  return { read: own, write: [...own, PACKAGE_FOLDER] }
}

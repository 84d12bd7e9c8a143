import { realpathSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Grant, Grants } from './grants.ts'
import { type GrantedPath, grantOf } from './paths.ts'

/**
 * The real folder in which a program is started when Python's own folder is `folder`: where `allowRead` or `allowWrite`
 * grants it. Null when it is not a folder of the host that is granted.
 */
export function grantedFolder(
  { read, write }: Pick<Grants, 'read' | 'write'>,
  folder: string,
): string | null {
  if (!isAbsolute(folder) || folder.includes('\0')) return null
  try {
    const target = realpathSync.native(folder)
    return statSync(target).isDirectory() && (holds(read, target) || holds(write, target)) ? target : null
  } catch {
    return null
  }
}

function holds(grant: Grant<GrantedPath>, target: string): boolean {
  return typeof grant === 'boolean' ? grant : grantOf(grant, target) !== null
}

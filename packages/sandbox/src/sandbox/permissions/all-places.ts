import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { GrantedPath } from './paths.ts'

/**
 * Folders of the root that `true` does not bring: the kernel's, and those that Python has of its own. What the host
 * keeps in `/lib` is seen at `/usr/lib` on every system of the last years.
 */
const OWN_FOLDERS = ['dev', 'proc', 'sys', 'lib', 'workspace']

/** What `true` means for a path option: everything that the root holds now, links followed. */
export function allPlaces(): GrantedPath[] {
  const { root } = parse(process.cwd())
  return readdirSync(root)
    .filter((name) => !OWN_FOLDERS.includes(name) && !/[,\p{Cc}\ufffd]/u.test(name))
    .flatMap((name) => placeAt(join(root, name)))
}

function placeAt(path: string): GrantedPath[] {
  try {
    const target = realpathSync.native(path)
    const stats = statSync(target)
    if (OWN_FOLDERS.some((name) => target === `/${name}`)) return []
    if (stats.isDirectory()) return [{ path, target, kind: 'folder' }]
    return stats.isFile() ? [{ path, target, kind: 'file' }] : []
  } catch {
    return []
  }
}

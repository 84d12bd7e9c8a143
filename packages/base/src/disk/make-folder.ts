import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing. Not with Node's own `recursive`: that one never returns where a
 * file system refuses with ENOENT, as procfs does.
 */
export function makeFolderSync(path: string, mode = 0o700): void {
  const missing: string[] = []
  for (let each = path; !isThere(each) && dirname(each) !== each; each = dirname(each)) missing.push(each)
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each, { mode })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

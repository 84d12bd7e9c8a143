import { mkdirSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './error-code.ts'

/**
 * Makes a folder and those above it that are missing. Not Node's own `recursive`: that one never returns where a file
 * system refuses with ENOENT, as procfs does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdirUnlessThere(path)
  } catch (error) {
    const parent = dirname(path)
    if (!hasCode(error, 'ENOENT') || parent === path) throw error
    await makeFolder(parent)
    await mkdirUnlessThere(path)
  }
}

async function mkdirUnlessThere(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** The same, at once. New folders get `mode`. */
export function makeFolderSync(path: string, mode = 0o700): void {
  const missing: string[] = []
  for (let each = path; !isThere(each) && dirname(each) !== each; each = dirname(each)) missing.push(each)
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each, { mode })
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

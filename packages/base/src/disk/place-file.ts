import { linkSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeDraftNow } from './draft.ts'
import { hasCode } from './error-code.ts'

/** Makes a short file that only its owner may read: whole or not at all. False, and nothing done, when there is one. */
export function makeFile(path: string, text: string): boolean {
  const draft = writeDraftNow(dirname(path), text)
  try {
    return linkNew(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Puts such a file in the place of what is there. */
export function replaceFile(path: string, text: string): void {
  const draft = writeDraftNow(dirname(path), text)
  try {
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Gives a file a second name, unless that is taken: then false. Nobody ever reads such a file half written. */
export function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { SessionInUseError } from '../errors.ts'
import { draftPath } from './draft-file.ts'
import { hasCode } from './error-code.ts'
import { isRunning, ownMark, parseMark } from './process-mark.ts'

/**
 * Takes the session whose file is at `path` for this process: a file beside it says so. What a process left behind that
 * has ended does not count. Without waiting in between, so that two of one process cannot both find it free.
 * @throws SessionInUseError
 */
export function claimFile(id: string, path: string): () => void {
  const claim = `${path}.claim`
  const own = JSON.stringify(ownMark())
  const draft = draftPath(dirname(path))
  writeFileSync(draft, own, { mode: 0o600 })
  try {
    while (!tryLink(draft, claim)) {
      const text = textOf(claim)
      if (text === null) continue
      const mark = parseMark(text)
      if (mark !== null && isRunning(mark)) throw new SessionInUseError(id, mark.pid)
      removeStale(claim, text)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return () => {
    if (textOf(claim) === own) rmSync(claim, { force: true })
  }
}

/** A link is made whole or not at all: nobody ever reads half a claim. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Two that find the same stale claim must not both remove it: the second would remove the first one's new claim. */
function removeStale(claim: string, text: string): void {
  const aside = draftPath(dirname(claim))
  try {
    renameSync(claim, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  if (textOf(aside) !== text) tryLink(aside, claim)
  rmSync(aside, { force: true })
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

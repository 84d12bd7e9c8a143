import { readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { draftPath, writeDraftNow } from './draft.ts'
import { hasCode } from './error-code.ts'
import { linkNew } from './place-file.ts'
import { isRunning, ownMark, type ProcessMark, parseMark } from './process-mark.ts'

/** How often those who hold a lock touch its file. */
const BEAT_MS = 5000
/** One that was not touched for so long is held by nobody, where the process itself cannot be asked for. */
const STALE_MS = 60_000
const POLL_MS = 500

/** A process in words: its number, where that says something here. */
export function nameOf(pid: number | null): string {
  return pid === null ? 'a process of another container' : `process ${pid}`
}

/** Somebody else holds the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError'
  /** Null for one of another name space, where its number is that of somebody else here. */
  readonly pid: number | null
  constructor(path: string, pid: number | null) {
    super(`Cannot take the lock "${path}": ${nameOf(pid)} holds it`)
    this.pid = pid
  }
}

/**
 * Takes a lock, which is a file, for this process, until it is disposed or the process ends. In one name space of
 * processes a lock is held as long as its process runs, across containers as long as its file is touched. Without
 * waiting in between, so that two of one process cannot both find it free.
 * @throws LockHeldError
 */
export function takeLock(path: string): Disposable {
  const own = JSON.stringify(ownMark())
  const draft = writeDraftNow(dirname(path), own)
  try {
    while (!linkNew(draft, path)) {
      const found = readLock(path)
      if (found === null) continue
      const { text, owner } = found
      // The draft is as old as now, also by the clock of a disk that several machines share.
      const restMs = statSync(draft).mtimeMs - found.touchedMs
      const running = owner === null ? false : isRunning(owner)
      if (running === true) throw new LockHeldError(path, owner?.pid ?? null)
      if (running === null && restMs < STALE_MS) throw new LockHeldError(path, null)
      removeStale(path, text)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  return hold(path, own)
}

/**
 * The same, and waits while it is unknown whether the owner, in another container, still lives: until its file is
 * touched, or was not for too long.
 * @throws LockHeldError
 */
export async function takeLockWhenKnown(path: string, onWait: () => void): Promise<Disposable> {
  let first: number | null = null
  for (;;) {
    try {
      return takeLock(path)
    } catch (error) {
      if (!(error instanceof LockHeldError) || error.pid !== null) throw error
      const touchedMs: number | null = readLock(path)?.touchedMs ?? first
      if (first !== null && touchedMs !== first) throw error
      if (first === null) onWait()
      first = touchedMs
      await sleep(POLL_MS)
    }
  }
}

const held = new Set<string>()
let heart: NodeJS.Timeout | null = null

function hold(path: string, own: string): Disposable {
  held.add(path)
  heart ??= setInterval(beat, BEAT_MS).unref()
  return {
    [Symbol.dispose]() {
      if (!held.delete(path)) return
      if (held.size === 0 && heart !== null) {
        clearInterval(heart)
        heart = null
      }
      if (readLock(path)?.text === own) rmSync(path, { force: true })
    },
  }
}

function beat(): void {
  const now = new Date()
  // One that cannot be touched is lost to others after a while, as it is when this process stands still.
  for (const path of held) utimes(path, now, now).catch(() => {})
}

/** Two that find the same stale lock must not both remove it: the second would remove the first one's new lock. */
function removeStale(path: string, text: string): void {
  const aside = draftPath(dirname(path))
  try {
    renameSync(path, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  if (readFileSync(aside, 'utf8') !== text) linkNew(aside, path)
  rmSync(aside, { force: true })
}

/** Null where there is none. */
function readLock(
  path: string,
): { readonly text: string; readonly owner: ProcessMark | null; readonly touchedMs: number } | null {
  try {
    const text = readFileSync(path, 'utf8')
    return { text, owner: parseMark(text), touchedMs: statSync(path).mtimeMs }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

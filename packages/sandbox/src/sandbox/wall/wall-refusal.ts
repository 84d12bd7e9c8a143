/**
 * What a refusal of bubblewrap means: this machine will never allow it (`never`), it could not just now (`now`), or what
 * this worker was to be given stands in the way (`start`).
 */
export type WallRefusal = 'never' | 'now' | 'start'

/** A file or folder that was granted; the harmless devices and `/proc` are not. */
const GRANTED =
  /can't (?:find source path|bind mount|create file at|mkdir|get type of source)(?!.*\/newroot\/(?:dev|proc)\b)/i
const PASSING =
  /resource temporarily unavailable|cannot allocate memory|no space left|too many open files|interrupted system call|device or resource busy|text file busy|\(ENOSPC\)/i
const FOREVER =
  /unknown option|no permissions? to creat|does not support user namespaces|operation not permitted|permission denied|invalid argument|function not implemented|read-only file system|operation not supported|was not disabled as requested/i

/**
 * Reads what was said on standard error by a process that ended before it was ready; null when that was not bubblewrap.
 * What is not known is taken for a bad moment: a wall is never dropped for words that nobody has read.
 * @param noNamespaces the kernel is set to allow no user name space at all
 */
export function refusalOf(detail: string, noNamespaces = false): WallRefusal | null {
  if (!detail.startsWith('bwrap:')) return null
  if (GRANTED.test(detail)) return 'start'
  if (PASSING.test(detail)) return noNamespaces ? 'never' : 'now'
  return FOREVER.test(detail) ? 'never' : 'now'
}

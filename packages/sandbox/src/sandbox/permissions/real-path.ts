import { lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, normalize, parse, relative, resolve, sep } from 'node:path'
import { EntryRefusal, quoted } from './entries.ts'

/** Folders of the kernel: what is in them is other processes and devices, and another process's is not ours to grant. */
const KERNEL_FOLDERS = ['/proc', '/sys', '/dev']
const SHARED_MEMORY = '/dev/shm'

/**
 * An entry as an absolute, normalised path.
 * @throws EntryRefusal when the text could mean another path to somebody else
 */
export function absolutePath(entry: string, cwd: string): string {
  refuseUnsafeText(entry, '')
  const path = resolve(cwd, entry)
  if (climbsAfterName(entry)) {
    throw new EntryRefusal(
      `goes up with ".." after a name, which a link can turn elsewhere; write ${quoted(path)}`,
    )
  }
  refuseUnsafeText(path, `, made absolute as ${quoted(path)},`)
  return path
}

/**
 * The path with every link in it followed. It must exist.
 * @throws EntryRefusal when it does not, or when what it leads to has a name that cannot be granted exactly
 */
export function realPath(path: string): string {
  let target: string
  try {
    target = realpathSync.native(path)
  } catch (error) {
    throw new EntryRefusal(missingReason(path, error), { cause: error })
  }
  refuseUnsafeText(target, ` leads to ${quoted(target)}, which`)
  return target
}

/**
 * Refuses what no list may grant: the root, and the folders of the kernel.
 * @throws EntryRefusal
 */
export function refuseSystemPath(path: string): void {
  if (path === parse(path).root) {
    throw new EntryRefusal(
      `is ${quoted(path)}, the whole file system; write true instead of a list to grant that`,
    )
  }
  const folder = KERNEL_FOLDERS.find((each) => isInside(each, path))
  if (folder !== undefined && !isInside(SHARED_MEMORY, path)) {
    throw new EntryRefusal(`is in ${quoted(folder)}, where the kernel shows devices and other processes`)
  }
}

/** Whether `path` is `folder` itself or below it; both absolute and normalised. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** The real path of a folder that may not exist yet: links are followed as far as it exists. */
export function futureRealPath(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync.native(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? normalize(absolute) : join(futureRealPath(parent), basename(absolute))
  }
}

function refuseUnsafeText(text: string, subject: string): void {
  // Deno ends a path at a comma.
  if (text.includes(','))
    throw new EntryRefusal(`${subject} holds a comma, which ends a path for Deno`.trimStart())
  // A lone surrogate or a replacement character stands for bytes that we cannot name.
  if (/[\p{Cc}\p{Cs}\ufffd]/u.test(text)) {
    throw new EntryRefusal(
      `${subject} holds a control character or one that is not valid Unicode`.trimStart(),
    )
  }
}

function climbsAfterName(entry: string): boolean {
  const parts = entry.split(sep === '/' ? '/' : /[/\\]/)
  const up = parts.lastIndexOf('..')
  return parts.slice(0, Math.max(up, 0)).some((part) => part !== '' && part !== '.' && part !== '..')
}

function missingReason(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  if (code === 'ELOOP') return 'is a link that leads back to itself'
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return `cannot be looked at (${code})`
  if (isLink(path)) return 'is a link to something that does not exist'
  if (path.includes('*')) return `does not exist (${quoted(path)}); wildcards are not expanded`
  if (path.split(sep).some((part) => part.startsWith('~')))
    return `does not exist (${quoted(path)}); "~" is not expanded`
  return `does not exist (${quoted(path)})`
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { EntryRefusal, parseEntries, quoted } from './entries.ts'
import { absolutePath, futureRealPath, isInside, realPath, refuseSystemPath } from './real-path.ts'

/** A file or a folder that the owner granted. */
export interface GrantedPath {
  /** Absolute and normalised, as the owner asked for it, links not followed: where Python sees it. */
  readonly path: string
  /** What that led to when the sandbox was made, every link followed: what is really granted. */
  readonly target: string
  readonly kind: 'file' | 'folder'
}

/** What the entries of a path option are read against. */
export interface PathContext {
  /** Absolute; where relative entries start. */
  readonly cwd: string
  /** Folders that an entry may neither be in nor hold, such as our own cache; they need not exist yet. */
  readonly protectedFolders: readonly string[]
}

/**
 * Looks up each entry of `option`. A link is granted as what it leads to now. What another entry already grants, in
 * the same place, is left out.
 * @throws InvalidOptionsError naming each entry that does not exist or cannot be granted exactly
 */
export function resolveGrantedPaths(
  option: string,
  entries: readonly string[],
  context: PathContext,
): GrantedPath[] {
  return withoutCovered(
    parseEntries(option, entries, (entry) => {
      const granted = resolvePath(entry, context)
      refusePythonLibrary(granted)
      return granted
    }),
  )
}

/**
 * Looks up one entry.
 * @throws EntryRefusal when it does not exist or cannot be granted exactly
 */
export function resolvePath(entry: string, { cwd, protectedFolders }: PathContext): GrantedPath {
  const path = absolutePath(entry, cwd)
  refuseSystemPath(path)
  const target = realPath(path)
  refuseSystemPath(target)
  for (const folder of protectedFolders.map(futureRealPath)) {
    if (isInside(folder, target))
      throw new EntryRefusal(`is in ${quoted(folder)}, which is the sandbox's own`)
    if (isInside(target, folder))
      throw new EntryRefusal(`holds ${quoted(folder)}, which is the sandbox's own`)
  }
  return { path, target, kind: kindOf(target) }
}

/** The grant that holds the real path `target`, or null. Follow links before you ask: a name proves nothing. */
export function grantOf(granted: readonly GrantedPath[], target: string): GrantedPath | null {
  return (
    granted.find((each) => (each.kind === 'file' ? each.target === target : isInside(each.target, target))) ??
    null
  )
}

/** What Python would see there instead of its standard library would end it. */
function refusePythonLibrary({ path, target }: GrantedPath): void {
  if (path !== '/lib' && !/^\/lib\/python3[^/]*(\/|$)/.test(path)) return
  const instead = path === target ? 'a folder in it' : quoted(target)
  throw new EntryRefusal(`is where Python keeps its own library inside the sandbox; grant ${instead}`)
}

function kindOf(target: string): 'file' | 'folder' {
  const stats = statSync(target)
  if (stats.isDirectory()) return 'folder'
  if (stats.isFile()) return 'file'
  throw new EntryRefusal('is neither a file nor a folder')
}

function withoutCovered(granted: readonly GrantedPath[]): GrantedPath[] {
  return granted.filter((one, index) =>
    granted.every((other, otherIndex) => {
      if (one.path === other.path) return index <= otherIndex
      return other.kind === 'file' || !covers(other, one)
    }),
  )
}

/** A link inside a folder that leads out of it is a grant of its own: the ways to both ends must be the same. */
function covers(folder: GrantedPath, { path, target }: GrantedPath): boolean {
  return (
    isInside(folder.path, path) &&
    isInside(folder.target, target) &&
    relative(folder.path, path) === relative(folder.target, target)
  )
}

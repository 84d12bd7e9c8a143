import { realpathSync, statSync } from 'node:fs'
import type { LibrariesPlan } from '../../protocol/host-messages.ts'
import type { Grants } from './grants.ts'

/** What the grant of libraries means for each party: Deno's flag, the mounts of the second wall, and the runner. */
export interface LibraryAccess {
  /** Real paths for Deno's flag; `true` for all. */
  readonly load: true | readonly string[]
  /** What the second wall must show, read-only. */
  readonly binds: readonly LibraryBind[]
  /** Null when nothing is granted. */
  readonly plan: LibrariesPlan | null
}

/** A file or a folder, and where it is seen behind the second wall. */
export interface LibraryBind {
  readonly inside: string
  readonly source: string
}

export const NO_LIBRARIES: LibraryAccess = { load: [], binds: [], plan: null }

/**
 * Where systems keep their libraries, and the loader's list of them: what the second wall shows for `true`. Not more: a
 * library elsewhere has to be named, and native code does not get to see the rest of the host's files and programs.
 */
const SYSTEM_PLACES = [
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libx32',
  '/usr/local/lib',
  '/usr/local/lib64',
  '/opt',
  '/nix/store',
  '/gnu/store',
  '/etc/ld.so.cache',
]

/** Works out the access that `allowFfi` gives. Looks at the places of the system for `true`, at nothing else. */
export function libraryAccess({ ffi }: Pick<Grants, 'ffi'>): LibraryAccess {
  if (ffi === false) return NO_LIBRARIES
  if (ffi === true) return { load: true, binds: SYSTEM_PLACES.flatMap(bindAt), plan: { granted: null } }
  return {
    load: [...new Set(ffi.map(({ target }) => target))],
    // Also by the name that the owner gave: where one library needs another, the loader looks for `libx.so.1`, which
    // is a link to `libx.so.1.2`.
    binds: ffi
      .flatMap(({ path, target }) => [target, path].map((inside) => ({ inside, source: target })))
      .filter(isFirstOfPlace),
    plan: { granted: ffi.map(({ path, target }) => ({ path, target })) },
  }
}

/** The same without what is no longer what was granted: gone, or a link to something else by now. */
export function withoutReplaced(access: LibraryAccess): LibraryAccess {
  const { load, binds, plan } = access
  if (load === true || plan?.granted == null) return access
  const kept = new Set(load.filter(isStillThere))
  return {
    load: load.filter((target) => kept.has(target)),
    binds: binds.filter(({ source }) => kept.has(source)),
    plan: { granted: plan.granted.filter(({ target }) => kept.has(target)) },
  }
}

function isStillThere(target: string): boolean {
  try {
    return realpathSync.native(target) === target && statSync(target).isFile()
  } catch {
    return false
  }
}

function bindAt(place: string): LibraryBind[] {
  try {
    return [{ inside: place, source: realpathSync.native(place) }]
  } catch {
    return []
  }
}

function isFirstOfPlace({ inside }: LibraryBind, index: number, binds: readonly LibraryBind[]): boolean {
  return binds.findIndex((bind) => bind.inside === inside) === index
}

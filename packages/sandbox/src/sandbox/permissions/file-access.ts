import { readdirSync, realpathSync, statSync } from 'node:fs'
import { join, parse } from 'node:path'
import type { HostFilesPlan, HostPlace } from '../../protocol/host-messages.ts'
import type { Grant, Grants } from './grants.ts'
import { type GrantedPath, grantOf } from './paths.ts'
import { isInside } from './real-path.ts'

/** What the grants of files mean for each party: Deno's flags, the mounts of the second wall, and the runner. */
export interface FileAccess {
  /** Real paths for Deno's flags; `true` for all. */
  readonly read: true | readonly string[]
  readonly write: true | readonly string[]
  /** Real paths that the second wall must show, each above those that are in it. */
  readonly binds: readonly FileBind[]
  /** Null when nothing is granted. */
  readonly plan: HostFilesPlan | null
}

export interface FileBind {
  readonly target: string
  readonly writable: boolean
}

/** How much may be written through `allowWrite`, for each worker. */
export interface WriteQuota {
  readonly maxWriteBytes: number
  readonly maxWriteFiles: number
}

export const NO_FILES: FileAccess = { read: [], write: [], binds: [], plan: null }

/** Works out the access that `allowRead` and `allowWrite` give. Looks at the root folder for `true`, at nothing else. */
export function fileAccess({ read, write }: Pick<Grants, 'read' | 'write'>, quota: WriteQuota): FileAccess {
  if (read === false && write === false) return NO_FILES
  const everything = read === true || write === true ? allPlaces() : []
  const readPlaces = placesOf(read, everything)
  const writePlaces = placesOf(write, everything)
  return {
    read: read === true || targetsOf(readPlaces),
    write: write === true || targetsOf(writePlaces),
    binds: bindsOf(readPlaces, writePlaces),
    plan: {
      places: [...readPlaces, ...writePlaces].filter(isFirstOfPath).map(placeOf),
      readable: read === true ? ['/'] : targetsOf(readPlaces),
      writable: write === true ? ['/'] : targetsOf(writePlaces),
      maxWriteBytes: quota.maxWriteBytes,
      maxWriteFiles: quota.maxWriteFiles,
    },
  }
}

function placesOf(grant: Grant<GrantedPath>, everything: readonly GrantedPath[]): readonly GrantedPath[] {
  if (typeof grant === 'boolean') return grant ? everything : []
  return grant
}

function targetsOf(places: readonly GrantedPath[]): string[] {
  return [...new Set(places.map(({ target }) => target))]
}

/** A place that is read inside one that is written needs no mount of its own, which would make it read-only. */
function bindsOf(read: readonly GrantedPath[], write: readonly GrantedPath[]): FileBind[] {
  const onlyRead = read.filter(({ target }) => grantOf(write, target) === null)
  const binds = [
    ...targetsOf(onlyRead).map((target) => ({ target, writable: false })),
    ...targetsOf(write).map((target) => ({ target, writable: true })),
  ]
  return binds
    .filter((bind) => !binds.some((other) => other !== bind && isMadeBy(other, bind)))
    .sort((one, other) => one.target.length - other.target.length)
}

function isMadeBy(other: FileBind, bind: FileBind): boolean {
  return other.writable === bind.writable && isInside(other.target, bind.target)
}

function isFirstOfPath(place: GrantedPath, index: number, places: readonly GrantedPath[]): boolean {
  return places.findIndex(({ path }) => path === place.path) === index
}

function placeOf({ path, target, kind }: GrantedPath): HostPlace {
  return { path, target, kind }
}

/**
 * Folders of the root that `true` does not bring: the kernel's, and those that Python has of its own. What the host
 * keeps in `/lib` is seen at `/usr/lib` on every system of the last years.
 */
const OWN_FOLDERS = ['dev', 'proc', 'sys', 'lib', 'workspace']

/** What `true` means for a path option: everything that the root holds now, links followed. */
function allPlaces(): GrantedPath[] {
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

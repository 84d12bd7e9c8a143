import type { FileBind } from '../permissions/file-access.ts'
import type { LibraryBind } from '../permissions/library-access.ts'
import type { InsidePaths } from './inside.ts'

/** What of the host is put behind the wall; nothing else of it can be seen. */
export interface WallMounts {
  readonly deno: string
  /** Shared libraries of the Deno binary: path inside, and the file on the host. */
  readonly libraries: readonly { readonly inside: string; readonly source: string }[]
  readonly image: string
  readonly runner: string
  readonly protocol: string
  /** The only folder of ours that can be written; taken away before a caller's code runs. */
  readonly denoDir: string
  /** A pipe to the host in which Deno notes what it was asked for, or null. */
  readonly audit: string | null
  /** Libraries that the owner granted. They come first: a folder that is granted as well may hold them. */
  readonly granted: readonly LibraryBind[]
  /** Files and folders that the owner granted, at their own paths; one inside another comes after it. */
  readonly binds: readonly FileBind[]
  readonly inside: InsidePaths
  /** Take from the worker the right to make user name spaces of its own, too; bubblewrap can since 0.8. */
  readonly sealed: boolean
}

/**
 * The arguments of bubblewrap up to the command that it runs. Pure, so that one table shows the whole wall: own user,
 * mount, process, network, IPC and host name spaces, no capability, no new privileges (bubblewrap's default), a
 * read-only root that holds these mounts only, no device but the harmless ones of `--dev`, and no place to write to but
 * what is granted. Our own files come after those that are granted: nothing can stand in their place.
 */
export function bubblewrapArgs(mounts: WallMounts, env: Readonly<Record<string, string>>): string[] {
  const { inside } = mounts
  const readOnly: readonly (readonly [string, string])[] = [
    [mounts.deno, inside.deno],
    [mounts.image, inside.image],
    [mounts.runner, inside.runner],
    [mounts.protocol, inside.protocol],
    ...mounts.libraries.map(({ inside: path, source }) => [source, path] as const),
  ]
  return [
    '--unshare-user',
    // In one of its own a process has every capability, and with them it reaches most of the kernel's holes.
    ...(mounts.sealed ? ['--disable-userns'] : []),
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    // The kernel kills the worker with the process that started it.
    '--die-with-parent',
    // No process of bubblewrap's own between us and the worker.
    '--as-pid-1',
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--cap-drop',
    'ALL',
    '--uid',
    '65534',
    '--gid',
    '65534',
    '--hostname',
    'sandbox',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    // What has gone since it was granted is not there; the wall stands all the same.
    ...mounts.granted.flatMap(({ inside: path, source }) => ['--ro-bind-try', source, path]),
    ...mounts.binds.flatMap(({ target, writable }) => [
      writable ? '--bind-try' : '--ro-bind-try',
      target,
      target,
    ]),
    ...readOnly.flatMap(([source, path]) => ['--ro-bind', source, path]),
    '--bind',
    mounts.denoDir,
    inside.denoDir,
    ...(mounts.audit === null ? [] : ['--bind', mounts.audit, inside.audit]),
    // A file system in memory that would hold as much as the machine has, and be counted to nobody.
    '--remount-ro',
    '/dev',
    // The kernel lets root write to its switches, whatever root is called here and without any capability.
    '--remount-ro',
    '/proc',
    '--remount-ro',
    '/',
    '--chdir',
    inside.base,
    '--',
  ]
}

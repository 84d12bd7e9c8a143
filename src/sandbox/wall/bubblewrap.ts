/** Where everything lies inside the wall. Neutral: a stack trace tells nothing of the host. */
export const INSIDE = {
  deno: '/app/deno',
  image: '/app/image',
  runner: '/app/runner',
  protocol: '/app/protocol',
  denoDir: '/app/cache',
} as const

/** What of the host is put behind the wall; nothing else of it can be seen. */
export interface WallMounts {
  readonly deno: string
  /** Shared libraries of the Deno binary: path inside, and the file on the host. */
  readonly libraries: readonly { readonly inside: string; readonly source: string }[]
  readonly image: string
  readonly runner: string
  readonly protocol: string
  /** The only folder that can be written; taken away before a caller's code runs. */
  readonly denoDir: string
}

/**
 * The arguments of bubblewrap up to the command that it runs. Pure, so that one table shows the whole wall: own user,
 * mount, process, network, IPC and host name spaces, no capability, no new privileges (bubblewrap's default), a
 * read-only root that holds these mounts only, no device but the harmless ones of `--dev`.
 */
export function bubblewrapArgs(mounts: WallMounts, env: Readonly<Record<string, string>>): string[] {
  const readOnly: readonly (readonly [string, string])[] = [
    [mounts.deno, INSIDE.deno],
    [mounts.image, INSIDE.image],
    [mounts.runner, INSIDE.runner],
    [mounts.protocol, INSIDE.protocol],
    ...mounts.libraries.map(({ inside, source }) => [source, inside] as const),
  ]
  return [
    '--unshare-user',
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
    ...readOnly.flatMap(([source, inside]) => ['--ro-bind', source, inside]),
    '--bind',
    mounts.denoDir,
    INSIDE.denoDir,
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    '/app',
    '--',
  ]
}

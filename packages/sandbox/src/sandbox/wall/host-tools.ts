import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { hostEnvironment } from '../host/host-environment.ts'

/** Libraries that the Deno binary is linked to, by architecture; the loader is found by its fixed path. */
const LIBRARIES = ['libc.so.6', 'libdl.so.2', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0', 'librt.so.1']
const LOADERS: Readonly<Record<string, string>> = {
  x64: '/lib64/ld-linux-x86-64.so.2',
  arm64: '/lib/ld-linux-aarch64.so.1',
}
const TRIPLETS: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/** Absolute path of bubblewrap, or null where it is not installed. Asked of the host's PATH, not of a shell. */
export function findBubblewrap(path = hostEnvironment().PATH ?? ''): string | null {
  if (process.platform !== 'linux') return null
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith('/')) continue
    const candidate = join(folder, 'bwrap')
    if (isExecutable(candidate)) return candidate
  }
  return null
}

/** The files that the dynamic loader will look for, where it will look for them; see ld.so(8). */
export function denoLibraries(arch = process.arch): { inside: string; source: string }[] {
  const folders = [
    `/lib/${TRIPLETS[arch]}`,
    `/usr/lib/${TRIPLETS[arch]}`,
    '/lib64',
    '/usr/lib64',
    '/lib',
    '/usr/lib',
  ]
  const found = LIBRARIES.map((name) => folders.map((folder) => join(folder, name)).find(isReadable))
  return [LOADERS[arch], ...found]
    .filter((path): path is string => path !== undefined && isReadable(path))
    .map((path) => ({ inside: path, source: realpathSync(path) }))
}

function isExecutable(path: string): boolean {
  return canAccess(path, constants.X_OK)
}

function isReadable(path: string): boolean {
  return canAccess(path, constants.R_OK)
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

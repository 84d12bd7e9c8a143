// Taken before the runner is locked down and before code of a caller runs, which may replace what it can reach.
const {
  chmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  readDirSync,
  readLinkSync,
  removeSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimeSync,
} = Deno
const stand = Object.freeze({ build: Object.freeze({ os: Deno.build.os }) })

/** The functions of Deno that host files are made of. */
export const denoFiles = {
  chmodSync,
  lstatSync: (path: string) => withDeno(() => lstatSync(path)),
  mkdirSync,
  openSync,
  readDirSync,
  readLinkSync,
  removeSync,
  renameSync,
  statOpen: (file: Deno.FsFile) => withDeno(() => file.statSync()),
  symlinkSync,
  truncateSync,
  utimeSync,
} as const

/** Where `seekSync` counts from; `Deno.SeekMode`. */
export const SEEK_START: Deno.SeekMode = 0
export const SEEK_END: Deno.SeekMode = 2

/** Deno's own `stat` asks the global `Deno` for the platform, which is not there any more: for a moment it has that. */
function withDeno<Value>(action: () => Value): Value {
  if ('Deno' in globalThis) return action()
  Reflect.set(globalThis, 'Deno', stand)
  try {
    return action()
  } finally {
    Reflect.deleteProperty(globalThis, 'Deno')
  }
}

/** Error numbers as Emscripten's C library has them (`ERRNO_CODES` in `pyodide.asm.mjs`), by the names Deno uses. */
const NUMBERS: Readonly<Record<string, number>> = {
  EACCES: 2,
  EAGAIN: 6,
  EBADF: 8,
  EBUSY: 10,
  EDQUOT: 19,
  EEXIST: 20,
  EFBIG: 22,
  EILSEQ: 25,
  EINTR: 27,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  ELOOP: 32,
  EMFILE: 33,
  EMLINK: 34,
  ENAMETOOLONG: 37,
  ENFILE: 41,
  ENODEV: 43,
  ENOENT: 44,
  ENOMEM: 48,
  ENOSPC: 51,
  ENOSYS: 52,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  ENXIO: 60,
  EPERM: 63,
  EROFS: 69,
  ESPIPE: 70,
  ESTALE: 72,
  ETXTBSY: 74,
  EXDEV: 75,
  EOPNOTSUPP: 138,
}

/** An error number by its name; what has no name here is EIO. */
export function errno(name: string): number {
  return NUMBERS[name] ?? 29
}

/** The number for what a function of Deno threw. Total: an error that Emscripten does not know ends the interpreter. */
export function errnoOf(error: unknown): number {
  if (!(error instanceof Error)) return errno('EIO')
  if (error.name === 'NotCapable') return errno('EACCES')
  const { code } = error as { code?: unknown }
  return errno(typeof code === 'string' ? code : 'EIO')
}

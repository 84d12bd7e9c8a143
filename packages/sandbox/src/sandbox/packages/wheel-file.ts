import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { PackageError } from '../errors/errors.ts'

/** One wheel, with what makes it the same wheel on another machine, and where it lies on this one. */
export interface RecipeWheel {
  readonly name: string
  readonly version: string
  readonly fileName: string
  /** In hexadecimal. */
  readonly sha256: string
  readonly path: string
  /** Was it asked for, or does another one need it? */
  readonly requested: boolean
}

/** A wheel that was chosen, and where it lies. */
type ChosenWheel = Pick<RecipeWheel, 'path' | 'fileName' | 'sha256'>

/** Hash of a file, in hexadecimal: read piece by piece, however large it is. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/**
 * Checks that the file at the path of a wheel is still the one that was chosen.
 * @throws PackageError when it is gone, or is another file
 */
export async function checkWheel({ path, fileName, sha256 }: ChosenWheel): Promise<void> {
  const actual = await sha256OfFile(path).catch((cause: unknown) => {
    const detail = `"${path}" cannot be read any more; try again`
    throw new PackageError([{ requirement: fileName, kind: 'no-such-package', detail }], { cause })
  })
  if (actual !== sha256) throw changed(path, fileName)
}

/** The contents of a wheel, piece by piece. @throws PackageError at their end, when they are not those that were chosen */
export async function* wheelPieces({ path, fileName, sha256 }: ChosenWheel): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) {
    hash.update(piece as Buffer)
    yield piece as Buffer
  }
  if (hash.digest('hex') !== sha256) throw changed(path, fileName)
}

function changed(path: string, fileName: string): PackageError {
  const detail = `"${path}" is not the file any more that it was when it was chosen`
  return new PackageError([{ requirement: fileName, kind: 'hash-differs', detail }])
}

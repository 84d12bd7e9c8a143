import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PackageError } from '../errors.ts'
import type { RecipeWheel } from '../image/recipe.ts'

/**
 * The bytes of a wheel that was chosen, as they are now: what is hashed is what is given.
 * @throws PackageError when it is gone, or is another file
 */
export async function readWheel({
  path,
  fileName,
  sha256,
}: Pick<RecipeWheel, 'path' | 'fileName' | 'sha256'>): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const detail = `"${path}" cannot be read any more; try again`
    throw new PackageError([{ requirement: fileName, kind: 'no-such-package', detail }], { cause })
  })
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
  const detail = `"${path}" is not the file any more that it was when it was chosen`
  throw new PackageError([{ requirement: fileName, kind: 'hash-differs', detail }])
}

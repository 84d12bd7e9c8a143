import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'

const MANIFEST = 'manifest.json'

const manifestSchema = late(() =>
  z.strictObject({
    format: z.literal(1),
    /** SHA-256 of each file, in hexadecimal. */
    files: z.record(z.string().regex(/^[\w.-]+$/), z.string().regex(/^[0-9a-f]{64}$/)),
  }),
)

/** Writes the hashes of the named files of `folder`. Last step of making it: a folder without them is no good. */
export async function sealFolder(folder: string, names: readonly string[]): Promise<void> {
  const hashes = await Promise.all(
    names.map(async (name) => [name, await hashFile(join(folder, name))] as const),
  )
  await writeFile(join(folder, MANIFEST), JSON.stringify({ format: 1, files: Object.fromEntries(hashes) }))
}

/** Are the files of `folder` those that were sealed? Says what is wrong, or null. */
export async function checkFolder(folder: string): Promise<string | null> {
  try {
    const { files } = await readManifest(folder)
    const damaged = await Promise.all(
      Object.entries(files).map(
        async ([name, hash]) => (await hashFile(join(folder, name))) !== hash && name,
      ),
    )
    const names = damaged.filter((name) => name !== false)
    return names.length === 0 ? null : `"${names.join('", "')}" changed since it was written`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The hash that a file of `folder` had when it was sealed. */
export async function hashOf(folder: string, name: string): Promise<string> {
  const { files } = await readManifest(folder)
  const hash = files[name]
  if (hash === undefined) throw new TypeError(`Cannot find the hash of "${name}" in "${folder}"`)
  return hash
}

async function readManifest(folder: string): Promise<z.output<ReturnType<typeof manifestSchema>>> {
  return manifestSchema().parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')))
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

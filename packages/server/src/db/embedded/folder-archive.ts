import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

/** A file by its path below the folder, or a folder, which has no size. */
interface Entry {
  readonly path: string
  readonly bytes: number | null
}

/** Packs the files of a folder: the length of a list of them as JSON, the list, and their contents, compressed. */
export function packFolder(folder: string): Buffer {
  const entries: Entry[] = []
  const contents: Buffer[] = []
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/')
    const content = each.isDirectory() ? null : readFileSync(join(folder, path))
    if (content !== null) contents.push(content)
    entries.push({ path, bytes: content?.length ?? null })
  }
  const list = Buffer.from(JSON.stringify(entries))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(list.length)
  return gzipSync(Buffer.concat([length, list, ...contents]))
}

/** Makes a folder of what was packed; all of it is on the disk then. */
export function unpackFolder(packed: Uint8Array, folder: string): void {
  const all = gunzipSync(packed)
  let at = 4 + all.readUInt32BE()
  // Our own build made it.
  const entries = JSON.parse(all.toString('utf8', 4, at)) as Entry[]
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const { path, bytes } of entries) {
    if (bytes === null) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 })
    else {
      writeSynced(join(folder, path), all.subarray(at, at + bytes))
      at += bytes
    }
  }
}

function writeSynced(path: string, content: Uint8Array): void {
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    for (let at = 0; at < content.length; ) at += writeSync(descriptor, content, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

import type { EmscriptenStream, PyodideModule } from '../pyodide-module.ts'
import { isMemoryFile, type MemoryNode, walk } from './memory-files.ts'

/** An open file. Descriptors that were duplicated from one another share one. */
interface OpenRecord {
  readonly descriptors: readonly number[]
  /** What it was opened as. */
  readonly path: string
  /** Where its node is: a path, or the place among the files without a name. */
  readonly node: string | number
  readonly flags: number
  readonly position: number
  /** Names that reading a folder goes through, or null. */
  readonly entries: readonly string[] | null
}

/** Every open file, and the working folder. */
export interface OpenFiles {
  readonly open: readonly OpenRecord[]
  readonly folder: string
}

/** A stream as Emscripten makes it. */
export interface MemoryStream extends EmscriptenStream {
  fd: number
  node: MemoryNode
  path: string
  flags: number
  position: number
  shared: object
  stream_ops: { open?(stream: MemoryStream): void }
  getdents?: string[] | null
}

/**
 * Describes what is open. `orphans` is filled with files that have no name any more.
 * @throws Error naming what cannot be kept
 */
export function captureOpenFiles({ FS }: PyodideModule, orphans: MemoryNode[]): OpenFiles {
  const paths = new Map([...walk(FS.root as MemoryNode)].map(([path, node]) => [node, path]))
  const byShared = new Map<object, OpenRecord & { descriptors: number[] }>()
  for (const stream of FS.streams as readonly (MemoryStream | null | undefined)[]) {
    if (!stream) continue
    const same = byShared.get(stream.shared)
    if (same !== undefined) {
      same.descriptors.push(stream.fd)
      continue
    }
    const node = paths.get(stream.node) ?? orphanOf(FS.root as MemoryNode, stream, orphans)
    const { path, flags, position, getdents } = stream
    const numbers = { flags: flags ?? 0, position: position ?? 0 }
    byShared.set(stream.shared, {
      descriptors: [stream.fd],
      path,
      node,
      ...numbers,
      entries: getdents ?? null,
    })
  }
  return { open: [...byShared.values()], folder: FS.cwd() }
}

function orphanOf(root: MemoryNode, stream: MemoryStream, orphans: MemoryNode[]): number {
  const { node, fd, path } = stream
  if (node.mount !== root.mount || !isMemoryFile(node)) throw new Error(describe(stream))
  const known = orphans.indexOf(node)
  if (known >= 0) return known
  if (orphans.push(node) > 100_000) throw new Error(`"${path}" (descriptor ${fd}), one of too many`)
  return orphans.length - 1
}

function describe({ node, fd, path }: MemoryStream): string {
  const kind = (node.mode ?? 0) & 0o170000
  if (kind === 0o140000) return `an open socket (descriptor ${fd})`
  if ('pipe' in node || kind === 0o010000) return `an open pipe (descriptor ${fd})`
  if ('place' in node) return `"${path}" (descriptor ${fd}), an open file of the host`
  return `"${path}" (descriptor ${fd})`
}

/** Opens again what was open, at the same descriptors; closes what else is. */
export function restoreOpenFiles(
  { FS }: PyodideModule,
  { open, folder }: OpenFiles,
  orphans: readonly MemoryNode[],
): void {
  for (const descriptor of FS.streams.keys()) FS.closeStream(descriptor)
  for (const record of open) {
    const node =
      typeof record.node === 'number'
        ? orphans[record.node]
        : FS.lookupPath(record.node, { follow: false }).node
    if (node === undefined) throw new Error(`there is no file for "${record.path}"`)
    let first: MemoryStream | null = null
    for (const descriptor of record.descriptors) {
      if (!Number.isInteger(descriptor) || descriptor < 0 || descriptor > 4096)
        throw new Error(`there can be no descriptor ${descriptor}`)
      if (first === null) first = openAt(FS, node as MemoryNode, record, descriptor)
      else FS.createStream(first, descriptor)
    }
  }
  enter(FS, folder)
}

function openAt(
  FS: PyodideModule['FS'],
  node: MemoryNode,
  { path, flags, position, entries }: OpenRecord,
  descriptor: number,
): MemoryStream {
  const facts = {
    node,
    path,
    flags,
    position,
    seekable: true,
    stream_ops: node.stream_ops,
    ungotten: [],
    error: false,
  }
  const stream = FS.createStream(facts, descriptor) as MemoryStream
  // Only devices have one: it puts the device behind the stream.
  stream.stream_ops.open?.(stream)
  stream.position = position
  if (entries !== null) stream.getdents = [...entries]
  return stream
}

/** A folder of the host may be gone, or not be granted any more. */
function enter(FS: PyodideModule['FS'], folder: string): void {
  try {
    FS.chdir(folder)
  } catch {
    FS.chdir('/')
  }
}

import type { EmscriptenFs } from '../pyodide-module.ts'
import type { MemoryNode } from './memory-file-system.ts'

const MIN_RESERVED_BYTES = 2 ** 20
const KIND = 0o170000
const KINDS = new Map<number, 'file' | 'folder' | 'link'>([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
])

export function kindOf({ mode }: MemoryNode): 'file' | 'folder' | 'link' | 'other' {
  return KINDS.get(mode & KIND) ?? 'other'
}

export function sizeOf(node: MemoryNode): number {
  return kindOf(node) === 'file' ? node.usedBytes : 0
}

/** The bytes of a file; a view that is good until Python writes. */
export function bytesOf(node: MemoryNode): Uint8Array {
  // An Int8Array where Python wrote all of it at once.
  const { contents } = node
  if (!ArrayBuffer.isView(contents)) return new Uint8Array()
  return new Uint8Array(contents.buffer, contents.byteOffset, node.usedBytes)
}

/**
 * Makes room for `size` bytes in a buffer that grows in place, up to `maxSize`. Emscripten's own way copies a file each
 * time that it has grown by an eighth, and leaves the old bytes to the garbage collector.
 * @throws RangeError when there is no memory
 */
export function reserve(node: MemoryNode, size: number, maxSize: number): void {
  const { contents } = node
  if (!ArrayBuffer.isView(contents) || contents.length >= size || size < MIN_RESERVED_BYTES) return
  const { buffer } = contents
  if (buffer.resizable && size <= buffer.maxByteLength) {
    buffer.resize(size)
    return
  }
  const grown = new Uint8Array(new ArrayBuffer(size, { maxByteLength: Math.max(size, maxSize) }))
  grown.set(contents.subarray(0, node.usedBytes))
  node.contents = grown
}

/** What lies in a folder of this file system; nothing in one on which another file system is mounted. */
export function entriesOf(node: MemoryNode): [string, MemoryNode][] {
  if (kindOf(node) !== 'folder' || node.mounted !== null) return []
  return Object.entries((node.contents ?? {}) as Record<string, MemoryNode>)
}

/** The node at a path, whose last part is not followed when it is a link. @throws ErrnoError */
export function nodeAt(fs: EmscriptenFs, path: string): MemoryNode {
  return fs.lookupPath(path, { follow: false }).node as unknown as MemoryNode
}

/** The node that a path leads to in the end. @throws ErrnoError */
export function fileAt(fs: EmscriptenFs, path: string): MemoryNode {
  return fs.lookupPath(path, { follow: true }).node as unknown as MemoryNode
}

/** Every file and link below a folder, with its path relative to it. */
export function* filesBelow(folder: MemoryNode, path = ''): Generator<[string, MemoryNode]> {
  for (const [name, node] of entriesOf(folder)) {
    if (kindOf(node) === 'folder') yield* filesBelow(node, `${path}${name}/`)
    else yield [`${path}${name}`, node]
  }
}

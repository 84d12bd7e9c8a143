import type { FileCount } from '../memory-files/quota.ts'
import type { Decompressed } from './compression.ts'
import type { HeapDifference } from './heap-difference.ts'
import type { ObjectTable } from './javascript-objects.ts'
import type { FileRecords } from './memory-files.ts'
import type { NativeDifference } from './native-difference.ts'
import type { OpenFiles } from './open-files.ts'

/**
 * A session at rest, before compression: magic, version, length of the JSON (u32 each, little endian), the JSON, the runs
 * of the heap, the bytes of the files, and the blocks of the heap.
 */
export interface StateIndex {
  /** Size of the memory, and of what follows. */
  readonly heapBytes: number
  readonly runsBytes: number
  readonly dataBytes: number
  readonly objects: ObjectTable
  readonly files: FileRecords
  readonly openFiles: OpenFiles
  readonly native: NativeDifference
  /** What the clock that only goes forward showed, in milliseconds. */
  readonly clockMs: number
  /** Files of packages that were installed, and their bytes: they are not held against the limits. */
  readonly exempt: FileCount
}

const MAGIC = 0x53534341
const VERSION = 4
const HEADER_BYTES = 12
const FILE_CHUNK_BYTES = 2 ** 18
/** A session that is smaller is one chunk. */
const MIN_CHUNKED_BYTES = 2 ** 20
const MAX_INDEX_BYTES = 2 ** 28
/** The 32-bit memory of WebAssembly. */
const MAX_HEAP_BYTES = 2 ** 32
const PAGE_BYTES = 65_536
const FILE_KIND = 0o100000
const KIND = 0o170000

/** A session in chunks, ready to be compressed. */
export function encodeSession(
  facts: Omit<StateIndex, 'heapBytes' | 'runsBytes' | 'dataBytes'>,
  { heapBytes, runs, data }: HeapDifference,
  contents: readonly Uint8Array[],
): Uint8Array[] {
  const dataBytes = bytesOf(data)
  const index: StateIndex = { ...facts, heapBytes, runsBytes: runs.length, dataBytes }
  const json = new TextEncoder().encode(JSON.stringify(index))
  const header = new Uint8Array(new Uint32Array([MAGIC, VERSION, json.length]).buffer)
  const head = [header, json, runs]
  // Each chunk is a stream of its own, whose memory is freed late.
  if (bytesOf([...head, ...contents, ...data]) < MIN_CHUNKED_BYTES)
    return [joined([...head, ...contents, ...data])]
  return [joined(head), ...fileChunks(contents), ...data]
}

/** Large files are cut, small ones joined: a change in one file leaves most chunks as they are. */
function* fileChunks(contents: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = []
  for (const bytes of contents) {
    if (bytes.length < FILE_CHUNK_BYTES) small.push(bytes)
    if (small.length > 0 && (bytes.length >= FILE_CHUNK_BYTES || bytesOf(small) >= FILE_CHUNK_BYTES)) {
      yield joined(small)
      small = []
    }
    for (let at = 0; bytes.length >= FILE_CHUNK_BYTES && at < bytes.length; at += FILE_CHUNK_BYTES)
      yield bytes.subarray(at, at + FILE_CHUNK_BYTES)
  }
  if (small.length > 0) yield joined(small)
}

/** How many bytes these are together. */
export function bytesOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(bytesOf(pieces))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Reads the start of a session, up to the runs of the heap. */
export async function decodeIndex(source: Decompressed): Promise<StateIndex> {
  const header = await source.take(HEADER_BYTES)
  const [magic, version, length = 0] = new Uint32Array(header.buffer)
  if (magic !== MAGIC || version !== VERSION) throw new Error('it is no session of this version')
  if (length > MAX_INDEX_BYTES) throw new Error(`its index has ${length} bytes`)
  const json = new TextDecoder('utf-8', { fatal: true }).decode(await source.take(length))
  const index = JSON.parse(json) as StateIndex
  for (const key of ['heapBytes', 'runsBytes', 'dataBytes'] as const) {
    const value = index[key]
    if (!Number.isSafeInteger(value) || value < 0 || value > MAX_HEAP_BYTES)
      throw new Error(`"${key}" is ${String(value)}`)
  }
  if (![index.exempt?.bytes, index.exempt?.files].every(Number.isSafeInteger))
    throw new Error('"exempt" is no count')
  if (index.heapBytes % PAGE_BYTES !== 0) throw new Error(`"heapBytes" is ${index.heapBytes}`)
  return index
}

/** Reads the bytes of the files, in the order of their records. */
export async function decodeContents(source: Decompressed, { nodes }: FileRecords): Promise<Uint8Array[]> {
  const contents: Uint8Array[] = []
  for (const { mode, size } of nodes) {
    if ((mode & KIND) !== FILE_KIND) continue
    if (!Number.isSafeInteger(size) || size < 0) throw new Error(`a file has ${String(size)} bytes`)
    contents.push(await source.take(size))
  }
  return contents
}

import type { HiwireState, PyodideModule } from './pyodide-module.ts'

/**
 * Python's memory as a file: magic, version, length of the JSON (u32 each, little endian), the JSON, and the pages that
 * are not zero, one run after the other. Half of the pages of a fresh interpreter are zero and are not kept.
 */
export interface HeapIndex {
  /** Size of the memory, in bytes. */
  readonly heapBytes: number
  /** Start and length of each run that is kept, in bytes, flat. */
  readonly runs: readonly number[]
  readonly hiwire: HiwireState
}

const MAGIC = 0x50484341
const VERSION = 1
const HEADER_BYTES = 12
const PAGE_BYTES = 4096
/** Taken before Deno is taken away: a session reads the image again. */
export const openSync = Deno.openSync
/** Runs closer than this are joined: one longer read is cheaper than two. */
const JOIN_BYTES = 16_384

/** Writes the memory of `module`, and what Python holds of JavaScript, to `path`. The interpreter must be idle. */
export function writeHeap(module: PyodideModule, path: string, hiwire: HiwireState): void {
  const heap = module.HEAPU8
  const runs = usedRuns(heap)
  const index: HeapIndex = { heapBytes: heap.length, runs, hiwire }
  const json = new TextEncoder().encode(JSON.stringify(index))
  const header = new Uint8Array(new Uint32Array([MAGIC, VERSION, json.length]).buffer)
  using file = Deno.openSync(path, { write: true, createNew: true })
  writeAll(file, header)
  writeAll(file, json)
  for (const [start, length] of pairs(runs)) writeAll(file, heap.subarray(start, start + length))
}

/**
 * Reads the memory of `module` back from `path`, straight into place, and gives what Python held of JavaScript. `written`
 * is the end of what was written to beyond the break of the heap.
 */
export function restoreHeap(module: PyodideModule, path: string, written = 0): HiwireState {
  using file = openSync(path)
  const index = readHeapIndex(file)
  if (module.HEAPU8.length < index.heapBytes) module.growMemory(index.heapBytes)
  const heap = module.HEAPU8
  // What start-up has touched ends at the break of the heap; beyond it memory is still zero.
  const sbrk = module.HEAPU32[module._emscripten_get_sbrk_ptr() >>> 2] ?? heap.length
  const touched = Math.max(sbrk, written)
  let end = 0
  for (const [start, runLength] of pairs(index.runs)) {
    clearPages(heap, end, Math.min(start, touched))
    readWhole(file, heap.subarray(start, start + runLength))
    end = start + runLength
  }
  clearPages(heap, end, touched)
  return index.hiwire
}

/** Reads what stands before the pages, and leaves the file where they begin. */
export function readHeapIndex(file: Deno.FsFile): HeapIndex {
  const header = new Uint8Array(HEADER_BYTES)
  readWhole(file, header)
  const [magic, version, length = 0] = new Uint32Array(header.buffer)
  if (magic !== MAGIC || version !== VERSION)
    throw new Error('Cannot restore the heap: not a heap of this version')
  const json = new Uint8Array(length)
  readWhole(file, json)
  return JSON.parse(new TextDecoder().decode(json)) as HeapIndex
}

/** Sets a range to zero, without touching the pages that are: reading a page that was never written costs no memory. */
function clearPages(heap: Uint8Array, from: number, to: number): void {
  const words = new BigUint64Array(heap.buffer, heap.byteOffset, heap.length / 8)
  for (let page = from; page < to; page += PAGE_BYTES) {
    if (!isZero(words, page / 8)) heap.fill(0, page, page + PAGE_BYTES)
  }
}

function usedRuns(heap: Uint8Array): number[] {
  const words = new BigUint64Array(heap.buffer, heap.byteOffset, heap.length / 8)
  const runs: number[] = []
  for (let page = 0; page < heap.length; page += PAGE_BYTES) {
    if (isZero(words, page / 8)) continue
    const lastStart = runs.at(-2)
    const lastLength = runs.at(-1)
    if (
      lastStart !== undefined &&
      lastLength !== undefined &&
      page - (lastStart + lastLength) <= JOIN_BYTES
    ) {
      runs[runs.length - 1] = page + PAGE_BYTES - lastStart
    } else runs.push(page, PAGE_BYTES)
  }
  return runs
}

function isZero(words: BigUint64Array, from: number): boolean {
  for (let index = from; index < from + PAGE_BYTES / 8; index++) if (words[index] !== 0n) return false
  return true
}

function* pairs(flat: readonly number[]): Generator<[number, number]> {
  for (let index = 0; index + 1 < flat.length; index += 2) yield [flat[index] ?? 0, flat[index + 1] ?? 0]
}

/** Fills `target` from the file. */
export function readWhole(file: Deno.FsFile, target: Uint8Array): void {
  for (let at = 0; at < target.length; ) {
    const read = file.readSync(target.subarray(at))
    if (read === null) throw new Error('Cannot restore the heap: the file is cut')
    at += read
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += file.writeSync(bytes.subarray(at))
}

import { openSync, readHeapIndex, readWhole } from '../heap-image.ts'
import { BLOCK_WORDS, COMPARED_BYTES, type MemoryBlocks } from '../memory-blocks.ts'
import type { PyodideModule } from '../pyodide-module.ts'

/** What of Python's memory differs from the image that it grew from. */
export interface HeapDifference {
  /** Size of the memory, in bytes. */
  readonly heapBytes: number
  /** Which blocks differ: pairs of numbers, blocks left out and blocks that follow, in the form of `encodeRuns`. */
  readonly runs: Uint8Array
  /** The blocks, one after the other, in chunks: a change in one place leaves the chunks of others as they are. */
  readonly data: readonly Uint8Array[]
}

/**
 * Small, because Python changes a reference count here and one there: of a list with 100,000 numbers blocks of 64 bytes
 * take 0.8 MB compressed, those of 4096 bytes 2.6 MB. Finding them takes the same time.
 */
const BLOCK_BYTES = 4 * BLOCK_WORDS
/** Chunks begin where a stretch of the memory does; those of small ones are joined, but not across a wide one. */
const STRETCH_BYTES = 2 ** 18
const WIDE_STRETCH_BYTES = 2 ** 24
const MIN_CHUNK_BYTES = 2 ** 16

/** Compares the memory of `module` with the image in the file at `path`. The interpreter must be idle. */
export function heapDifference(module: PyodideModule, memory: MemoryBlocks, path: string): HeapDifference {
  const heap = module.HEAPU8
  const found = new Blocks(module, memory)
  using file = openSync(path)
  const { runs } = readHeapIndex(file)
  let end = 0
  for (let run = 0; run < runs.length; run += 2) {
    const [start = 0, length = 0] = [runs[run], runs[run + 1]]
    found.compareWithZero(end, start)
    for (let at = 0; at < length; at += COMPARED_BYTES) {
      found.compare(start + at, Math.min(COMPARED_BYTES, length - at), (image) => readWhole(file, image))
    }
    end = start + length
  }
  found.compareWithZero(end, heap.length)
  return { heapBytes: heap.length, runs: encodeRuns(found.runs), data: found.chunks() }
}

/** Takes the data of a difference, in pieces, to their places in a memory that holds the image. */
export class HeapPatch {
  readonly #heap: Uint8Array
  readonly #runs: readonly number[]
  #run = 0
  /** In bytes: what the run in progress still lacks, and where it goes on. */
  #left = 0
  #at = 0

  /** @throws Error when the runs are not of this memory, or not of `dataBytes` bytes */
  constructor(heap: Uint8Array, encodedRuns: Uint8Array, dataBytes: number) {
    this.#heap = heap
    this.#runs = decodeRuns(encodedRuns)
    let end = 0
    let total = 0
    for (const [index, blocks] of this.#runs.entries()) {
      end += blocks * BLOCK_BYTES
      if (index % 2 === 1) total += blocks * BLOCK_BYTES
    }
    if (end > heap.length || total !== dataBytes)
      throw new Error(`Cannot restore the memory: ${total} bytes up to ${end} of ${heap.length}`)
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#left === 0) {
        this.#at += (this.#runs[this.#run] ?? 0) * BLOCK_BYTES
        this.#left = (this.#runs[this.#run + 1] ?? 0) * BLOCK_BYTES
        this.#run += 2
      }
      const taken = bytes.subarray(from, from + this.#left)
      this.#heap.set(taken, this.#at)
      this.#at += taken.length
      this.#left -= taken.length
      from += taken.length
    }
  }
}

/** Collects the blocks that differ. */
class Blocks {
  readonly runs: number[] = []
  readonly #heap: Uint8Array
  readonly #memory: MemoryBlocks
  /** The unused part of the stack: it holds leftovers of calls that have returned. */
  readonly #deadStart: number
  readonly #deadEnd: number
  #end = 0
  #count = 0

  constructor(module: PyodideModule, memory: MemoryBlocks) {
    this.#heap = module.HEAPU8
    this.#memory = memory
    this.#deadStart = Math.ceil(module._emscripten_stack_get_end() / BLOCK_BYTES)
    this.#deadEnd = Math.floor(module.stackSave() / BLOCK_BYTES)
  }

  compare(start: number, bytes: number, read: (image: Uint8Array) => void): void {
    read(this.#memory.others.subarray(0, bytes))
    this.#addAll(start, this.#memory.differing(start, bytes))
  }

  compareWithZero(start: number, end: number): void {
    for (let at = start; at < end; at += COMPARED_BYTES) {
      this.#addAll(at, this.#memory.used(at, Math.min(COMPARED_BYTES, end - at)))
    }
  }

  chunks(): Uint8Array[] {
    const data = new Uint8Array(this.#count * BLOCK_BYTES)
    const chunks: Uint8Array[] = []
    let [chunkAt, chunkPlace] = [0, 0]
    let at = 0
    let block = 0
    for (let run = 0; run < this.runs.length; run += 2) {
      block += this.runs[run] ?? 0
      const end = block + (this.runs[run + 1] ?? 0)
      while (block < end) {
        const place = block * BLOCK_BYTES
        const isFar = Math.floor(place / WIDE_STRETCH_BYTES) > Math.floor(chunkPlace / WIDE_STRETCH_BYTES)
        const isNext = Math.floor(place / STRETCH_BYTES) > Math.floor(chunkPlace / STRETCH_BYTES)
        if (at > chunkAt && (isFar || (isNext && at - chunkAt >= MIN_CHUNK_BYTES))) {
          chunks.push(data.subarray(chunkAt, at))
          chunkAt = at
          chunkPlace = place
        }
        const stretchEnd = (Math.floor(place / STRETCH_BYTES) + 1) * STRETCH_BYTES
        const stop = Math.min(end * BLOCK_BYTES, stretchEnd)
        data.set(this.#heap.subarray(place, stop), at)
        at += stop - place
        block = stop / BLOCK_BYTES
      }
    }
    if (at > chunkAt) chunks.push(data.subarray(chunkAt))
    return chunks
  }

  #addAll(start: number, blocks: Uint32Array): void {
    for (const block of blocks) this.#add(start / BLOCK_BYTES + block)
  }

  #add(block: number): void {
    if (block >= this.#deadStart && block < this.#deadEnd) return
    const last = this.runs.length - 1
    if (block === this.#end && last > 0) this.runs[last] = (this.runs[last] ?? 0) + 1
    else this.runs.push(block - this.#end, 1)
    this.#end = block + 1
    this.#count += 1
  }
}

/** Numbers of 7 bits a byte, the lowest first; all bytes of a number but its last have the highest bit set. */
function encodeRuns(runs: readonly number[]): Uint8Array {
  const bytes: number[] = []
  for (let value of runs) {
    for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
    bytes.push(value)
  }
  return Uint8Array.from(bytes)
}

function decodeRuns(bytes: Uint8Array): number[] {
  const runs: number[] = []
  let value = 0
  let shift = 0
  for (const byte of bytes) {
    // A memory has at most 2^26 blocks.
    if (shift > 21) throw new Error('Cannot restore the memory: a number is too large')
    value |= (byte & 127) << shift
    shift += 7
    if ((byte & 128) !== 0) continue
    runs.push(value)
    value = 0
    shift = 0
  }
  if (shift !== 0 || runs.length % 2 !== 0) throw new Error('Cannot restore the memory: half a run')
  return runs
}

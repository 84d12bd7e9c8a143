import { openSync, readHeapIndex, readWhole } from '../heap-image.ts'
import { BLOCK_WORDS, blocksDiffer, isZeroBlock } from '../memory-blocks.ts'
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
const READ_BYTES = 2 ** 20
/** Chunks begin where a stretch of the memory does; those of small ones are joined, but not across a wide one. */
const STRETCH_BYTES = 2 ** 18
const WIDE_STRETCH_BYTES = 2 ** 24
const MIN_CHUNK_BYTES = 2 ** 16

/** Compares the memory with the image in the file at `path`. The interpreter must be idle. */
export function heapDifference(module: PyodideModule, path: string): HeapDifference {
  const heap = module.HEAPU8
  const found = new Blocks(heap, module._emscripten_stack_get_end(), module.stackSave())
  using file = openSync(path)
  const { runs } = readHeapIndex(file)
  const buffer = new Uint8Array(READ_BYTES)
  let end = 0
  for (let run = 0; run < runs.length; run += 2) {
    const [start = 0, length = 0] = [runs[run], runs[run + 1]]
    found.compareWithZero(end, start)
    for (let at = 0; at < length; at += READ_BYTES) {
      const image = buffer.subarray(0, Math.min(READ_BYTES, length - at))
      readWhole(file, image)
      found.compare(start + at, image)
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
  readonly #words: Uint32Array
  /** The unused part of the stack: it holds leftovers of calls that have returned. */
  readonly #deadStart: number
  readonly #deadEnd: number
  #end = 0
  #count = 0

  constructor(heap: Uint8Array, deadStart: number, deadEnd: number) {
    this.#heap = heap
    this.#words = new Uint32Array(heap.buffer, heap.byteOffset, heap.length / 4)
    this.#deadStart = Math.ceil(deadStart / BLOCK_BYTES)
    this.#deadEnd = Math.floor(deadEnd / BLOCK_BYTES)
  }

  compare(start: number, image: Uint8Array): void {
    const words = this.#words
    const other = new Uint32Array(image.buffer, image.byteOffset, image.length / 4)
    const first = start / 4
    for (let from = 0; from < other.length; from += BLOCK_WORDS) {
      if (blocksDiffer(words, first + from, other, from)) this.#add((first + from) / BLOCK_WORDS)
    }
  }

  compareWithZero(start: number, end: number): void {
    const words = this.#words
    for (let from = start / 4; from < end / 4; from += BLOCK_WORDS) {
      if (!isZeroBlock(words, from)) this.#add(from / BLOCK_WORDS)
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

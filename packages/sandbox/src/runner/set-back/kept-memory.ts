import { BLOCK_WORDS, isZeroBlock } from '../memory-blocks.ts'
import type { PyodideModule } from '../pyodide-module.ts'

const PAGE_BYTES = 4096
const PAGE_WORDS = PAGE_BYTES / 4
/** Most growth of the memory by one program: memory cannot shrink, and clearing it takes time. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20

const NOTHING = new Uint32Array()

/** Pages that follow one another and are not zero, in words. */
interface Stretch {
  readonly start: number
  readonly words: Uint32Array
}

/**
 * A copy of Python's memory, to which it can be set back as often as one likes. What was not zero is copied back whether
 * it has changed or not: 16 MB take 2.7 ms, comparing them took 4. What was zero is looked at, up to the break of the
 * heap, since writing to it would take memory. The part of the stack that nobody uses between two programs is left as it
 * is: what lies there is left over from calls that have ended.
 */
export class KeptMemory {
  readonly #module: PyodideModule
  readonly #bytes: number
  readonly #stack: number
  /** Start and end of the unused part of the stack, in words. */
  readonly #dead: readonly [number, number]
  readonly #stretches: readonly Stretch[]

  /** The interpreter must be idle. */
  constructor(module: PyodideModule) {
    this.#module = module
    this.#bytes = module.HEAPU8.length
    this.#stack = module.stackSave()
    this.#dead = [module._emscripten_stack_get_end() >>> 2, this.#stack >>> 2]
    this.#stretches = usedStretches(wordsOf(module.HEAPU8))
  }

  /** Why the memory cannot be set back; null where it can. */
  problem(): string | null {
    if (this.#module.stackSave() !== this.#stack) return 'a call that waits'
    const grown = this.#module.HEAPU8.length - this.#bytes
    return grown > MAX_GROWTH_BYTES ? `memory that grew by ${grown} bytes` : null
  }

  /** The interpreter must be idle. */
  restore(): void {
    const words = wordsOf(this.#module.HEAPU8)
    const [deadStart, deadEnd] = this.#dead
    // What stands beyond the break was never written to.
    const end = (this.#module.HEAPU32[this.#module._emscripten_get_sbrk_ptr() >>> 2] ?? 0) >>> 2
    let at = 0
    for (const stretch of [...this.#stretches, { start: end, words: NOTHING }]) {
      clear(words, at, Math.min(stretch.start, deadStart))
      clear(words, Math.max(at, deadEnd), stretch.start)
      words.set(stretch.words, stretch.start)
      at = stretch.start + stretch.words.length
    }
  }
}

function wordsOf(heap: Uint8Array): Uint32Array {
  return new Uint32Array(heap.buffer, heap.byteOffset, heap.length / 4)
}

function usedStretches(words: Uint32Array): Stretch[] {
  const stretches: Stretch[] = []
  for (let page = 0; page < words.length; page += PAGE_WORDS) {
    if (isZero(words, page)) continue
    const start = page
    while (page < words.length && !isZero(words, page)) page += PAGE_WORDS
    stretches.push({ start, words: words.slice(start, page) })
  }
  return stretches
}

function clear(words: Uint32Array, from: number, to: number): void {
  for (let page = from; page < to; page += PAGE_WORDS) {
    if (!isZero(words, page)) words.fill(0, page, Math.min(page + PAGE_WORDS, to))
  }
}

function isZero(words: Uint32Array, page: number): boolean {
  const end = Math.min(page + PAGE_WORDS, words.length)
  for (let block = page; block < end; block += BLOCK_WORDS) if (!isZeroBlock(words, block)) return false
  return true
}

import type { PyodideModule } from './pyodide-module.ts'

/** Memory is compared in blocks of 64 bytes, which are so many words. */
export const BLOCK_WORDS = 16
const BLOCK_BYTES = 4 * BLOCK_WORDS
/** Most that is compared at a time. */
export const COMPARED_BYTES = 2 ** 20
const WASM_PAGE_BYTES = 2 ** 16
/** `memory-blocks.wat` in binary form: `wat2wasm --enable-multi-memory` of wabt 1.0.32. */
const COMPARER_WASM =
  'AGFzbQEAAAABEAJgBH9/f38Bf2ADf39/AX8CFAIABnB5dGhvbgIAAQADb3duAgABAwMCAAEHEQIGZGlmZmVyAAAEdXNlZAABCvQBAo4BAQJ/IAMh' +
  'BSACRQRAQQAPCwNAIAD9AAQAIAH9AEQBAP1RIAD9AAQQIAH9AEQBEP1R/VAgAP0ABCAgAf0ARAEg/VEgAP0ABDAgAf0ARAEw/VH9UP1Q/VMEQCAF' +
  'IAQ2QgEAIAVBBGohBQsgAEHAAGohACABQcAAaiEBIARBAWoiBCACSQ0ACyAFIANrQQJ2C2IBAn8gAiEEIAFFBEBBAA8LA0AgAP0ABAAgAP0ABBD9' +
  'UCAA/QAEICAA/QAEMP1Q/VD9UwRAIAQgAzZCAQAgBEEEaiEECyAAQcAAaiEAIANBAWoiAyABSQ0ACyAEIAJrQQJ2Cw=='
/** Taken before code runs. */
const { Instance, Memory, Module } = WebAssembly

interface Comparer {
  differ(at: number, from: number, blocks: number, found: number): number
  used(at: number, blocks: number, found: number): number
}

/**
 * Finds blocks of Python's memory that are not as they were. With the vectors of WebAssembly, which take half the time of
 * a loop in JavaScript.
 */
export class MemoryBlocks {
  /** Where Python's memory is compared with. */
  readonly others: Uint8Array<ArrayBuffer>
  readonly #found: Uint32Array
  readonly #comparer: Comparer

  constructor({ memory: python }: Pick<PyodideModule, 'memory'>) {
    const own = new Memory({ initial: (COMPARED_BYTES + foundBytes()) / WASM_PAGE_BYTES })
    const bytes = Uint8Array.from(atob(COMPARER_WASM), (character) => character.charCodeAt(0))
    const { exports } = new Instance(new Module(bytes), { '': { python, own } })
    this.others = new Uint8Array(own.buffer, 0, COMPARED_BYTES)
    this.#found = new Uint32Array(own.buffer, COMPARED_BYTES)
    this.#comparer = exports as unknown as Comparer
  }

  /** Those of so many bytes from `at` on that differ from the first of `others`, counted from `at`; until the next call. */
  differing(at: number, bytes: number): Uint32Array {
    return this.#found.subarray(0, this.#comparer.differ(at, 0, bytes / BLOCK_BYTES, COMPARED_BYTES))
  }

  /** Those of so many bytes from `at` on that are not zero, counted from `at`; until the next call. */
  used(at: number, bytes: number): Uint32Array {
    return this.#found.subarray(0, this.#comparer.used(at, bytes / BLOCK_BYTES, COMPARED_BYTES))
  }
}

/** A number for each block. */
function foundBytes(): number {
  return (COMPARED_BYTES / BLOCK_BYTES) * Uint32Array.BYTES_PER_ELEMENT
}

/** Is the block at `at` nothing but zeros? Looks at all words before it decides: V8 unrolls such a loop. */
export function isZeroBlock(words: Uint32Array, at: number): boolean {
  let bits = 0
  for (let n = 0; n < BLOCK_WORDS; n++) bits |= words[at + n] ?? 0
  return bits === 0
}

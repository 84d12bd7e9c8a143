/** Memory is compared in blocks of 64 bytes, which are so many words. */
export const BLOCK_WORDS = 16

/*
 * Both look at all words of a block before they decide: V8 unrolls such a loop, and takes half the time of one that leaves
 * at the first difference.
 */

/** Does the block of `words` at `at` differ from the block of `other` at `from`? */
export function blocksDiffer(words: Uint32Array, at: number, other: Uint32Array, from: number): boolean {
  let difference = 0
  for (let n = 0; n < BLOCK_WORDS; n++) difference |= (words[at + n] ?? 0) ^ (other[from + n] ?? 0)
  return difference !== 0
}

/** Is the block at `at` nothing but zeros? */
export function isZeroBlock(words: Uint32Array, at: number): boolean {
  let bits = 0
  for (let n = 0; n < BLOCK_WORDS; n++) bits |= words[at + n] ?? 0
  return bits === 0
}

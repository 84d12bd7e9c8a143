import type { PyBuffer } from './pyodide-module.ts'

/**
 * The part of scrypt (RFC 7914) that takes the time: mixes each block of `128 * r` bytes in place. In Python it would take
 * a minute.
 */
export function scryptMix(blocks: PyBuffer, n: number, r: number): void {
  const view = blocks.getBuffer('u8')
  try {
    const words = new Uint32Array(view.data.slice().buffer)
    for (let at = 0; at < words.length; at += 32 * r) mixBlock(words.subarray(at, at + 32 * r), n, r)
    view.data.set(new Uint8Array(words.buffer))
  } finally {
    view.release()
  }
}

function mixBlock(block: Uint32Array, n: number, r: number): void {
  const size = 32 * r
  const kept = new Uint32Array(n * size)
  const spare = new Uint32Array(size)
  for (let i = 0; i < n; i += 1) {
    kept.set(block, i * size)
    blockMix(block, spare, r)
  }
  for (let i = 0; i < n; i += 1) {
    const from = ((block[size - 16] ?? 0) & (n - 1)) * size
    for (let k = 0; k < size; k += 1) block[k] = (block[k] ?? 0) ^ (kept[from + k] ?? 0)
    blockMix(block, spare, r)
  }
}

function blockMix(block: Uint32Array, spare: Uint32Array, r: number): void {
  const last = block.slice(-16)
  for (let i = 0; i < 2 * r; i += 1) {
    for (let k = 0; k < 16; k += 1) last[k] = (last[k] ?? 0) ^ (block[16 * i + k] ?? 0)
    salsa(last)
    // Those with an even number come first.
    spare.set(last, 16 * ((i >> 1) + (i & 1) * r))
  }
  block.set(spare)
}

/** Each quarter of a round: the words a, b, c, d of columns, then of rows. */
const QUARTERS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const

/** Salsa20 with eight rounds. */
function salsa(words: Uint32Array): void {
  const x = words.slice()
  for (let round = 0; round < 8; round += 2) {
    for (const [a, b, c, d] of QUARTERS) {
      step(x, b, a, d, 7)
      step(x, c, b, a, 9)
      step(x, d, c, b, 13)
      step(x, a, d, c, 18)
    }
  }
  for (let k = 0; k < 16; k += 1) words[k] = (words[k] ?? 0) + (x[k] ?? 0)
}

function step(x: Uint32Array, to: number, one: number, other: number, bits: number): void {
  const sum = ((x[one] ?? 0) + (x[other] ?? 0)) | 0
  x[to] = (x[to] ?? 0) ^ ((sum << bits) | (sum >>> (32 - bits)))
}

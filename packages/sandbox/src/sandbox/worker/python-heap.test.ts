import { expect, test } from 'vitest'
import { heapIn } from './python-heap.ts'

const MIB = 2 ** 20
const line = (start: number, size: number, rights: string) =>
  `${start.toString(16)}-${(start + size).toString(16)} ${rights} 00000000 00:00 0 `
/** A memory of WebAssembly at an address, of which so much is in use. */
const memory = (start: number, used: number) => [
  line(start, used, 'rw-p'),
  line(start + used, 4096 * MIB - used, '---p'),
]

test.each([
  ['nothing', [], null],
  ['no map', ['', 'kernel says no', 'zz-yy rw-p', '-'], null],
  ['a memory', memory(0x7000_0000_0000, 30 * MIB), 30 * MIB],
  ['the larger of two', [...memory(2 ** 40, 30 * MIB), ...memory(2 ** 41, 90 * MIB)], 90 * MIB],
  ['a memory that is full', [line(2 ** 40, 4096 * MIB, 'rw-p')], null],
  ['what is executed', [line(2 ** 40, MIB, 'rwxp'), line(2 ** 40 + MIB, 4095 * MIB, '---p')], null],
  ['what is reserved elsewhere', [line(2 ** 40, MIB, 'rw-p'), line(2 ** 41, 4095 * MIB, '---p')], null],
  ['what has another size', [line(2 ** 40, MIB, 'rw-p'), line(2 ** 40 + MIB, 4096 * MIB, '---p')], null],
  ['a line that is cut', [...memory(2 ** 40, 30 * MIB), '7f00'], 30 * MIB],
] as const)('heapIn() of %s', (_, lines, expected) => {
  expect(heapIn(lines.join('\n'))).toBe(expected)
})

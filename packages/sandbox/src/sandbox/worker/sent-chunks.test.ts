import { expect, test } from 'vitest'
import { SentChunks } from './sent-chunks.ts'

const bytes = (...values: number[]) => new Uint8Array(values)
const earlier = [bytes(1), bytes(2, 2), bytes(3, 3, 3)]

function sent(order: readonly number[], maxBytes = 10): readonly Uint8Array[] {
  const chunks = new SentChunks(maxBytes)
  chunks.add(bytes(7, 8))
  chunks.add(bytes(9))
  return chunks.put(order, earlier)
}

test('SentChunks puts a session together from what was sent and what was there', () => {
  expect(sent([1, -2, 2, -1])).toEqual([bytes(7), bytes(2, 2), bytes(8, 9), bytes(1)])
  // The same chunk, not a copy of it.
  expect(sent([3, -3])[1]).toBe(earlier[2])
})

test.each([
  ['a chunk that was never there', [3, -4], /no chunk -4/],
  ['more than was sent', [4], /no chunk 4/],
  ['less than was sent', [1, 1], /1 bytes that belong to no chunk/],
  ['the same again and again', [3, -3, -3, -3], /more than 10 bytes/],
])('SentChunks refuses %s', (_, order, message) => {
  expect(() => sent(order)).toThrow(message)
})

test('SentChunks refuses more than may come', () => {
  expect(() => sent([3], 2)).toThrow(/more than 2 bytes/)
})

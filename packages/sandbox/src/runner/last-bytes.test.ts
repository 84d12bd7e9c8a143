import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LastBytes } from './last-bytes.ts'

test('LastBytes holds the last bytes in their order, whatever the pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.nat({ max: 30 }), (pieces, limit) => {
      const last = new LastBytes(limit)
      for (const piece of pieces) last.add(piece)
      const all = pieces.flatMap((piece) => [...piece])
      expect(last.pieces.flatMap((piece) => [...piece])).toEqual(all.slice(Math.max(0, all.length - limit)))
      expect(last.dropped).toBe(Math.max(0, all.length - limit))
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputCollector } from './output-collector.ts'

/** Adds these pieces and ends the stream; gives the pieces of text. */
function collect(collector: OutputCollector, pieces: readonly Uint8Array[]): string[] {
  return [...pieces.map((piece) => collector.add(piece)), collector.finish()]
}

const text = fc.string({ unit: 'binary', maxLength: 50 }).map((value) => Buffer.from(value).toString())

test('OutputCollector gives back any text, however its bytes are cut', () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (value, cuts) => {
      const bytes = Buffer.from(value)
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)]
      const pieces = at.map((from, index) => bytes.subarray(from, at[index + 1] ?? bytes.length))
      const collector = new OutputCollector(1000)
      expect(collect(collector, pieces).join('')).toBe(value)
      expect(collector).toMatchObject({ text: value, bytes: bytes.length, truncated: false, flooded: false })
    }),
  )
})

test('OutputCollector cuts any text at the limit without cutting a character in two', () => {
  fc.assert(
    fc.property(
      text,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 7 }),
      (value, limit, size) => {
        const bytes = Buffer.from(value)
        const pieces: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
        const collector = new OutputCollector(limit)
        expect(collect(collector, pieces).join('')).toBe(collector.text)
        expect(value.startsWith(collector.text)).toBe(true)
        expect(Buffer.byteLength(collector.text)).toBeLessThanOrEqual(limit)
        expect(Buffer.byteLength(collector.text)).toBeGreaterThan(Math.min(bytes.length, limit) - 4)
        expect(collector.bytes).toBe(Math.min(bytes.length, limit))
        expect(collector.truncated).toBe(bytes.length > limit)
      },
    ),
  )
})

test('OutputCollector is truncated from the first byte past the limit', () => {
  const collector = new OutputCollector(3)
  collector.add(Buffer.from('abc'))
  expect(collector.truncated).toBe(false)
  expect(collector.add(Buffer.from('d'))).toBe('')
  expect(collector).toMatchObject({ text: 'abc', truncated: true, flooded: false })
})

test('OutputCollector keeps no byte past the limit and calls a flood a flood', () => {
  const collector = new OutputCollector(10)
  const block = Buffer.alloc(65_536, 97)
  for (let count = 0; count < 4; count++) collector.add(block)
  expect(collector.flooded).toBe(false)
  collector.add(block)
  expect(collector).toMatchObject({ text: 'a'.repeat(10), bytes: 10, flooded: true })
})

test('OutputCollector shows bytes that are no UTF-8, also at the end', () => {
  const collector = new OutputCollector(100)
  expect(collect(collector, [Buffer.from([0x61, 0xff]), Buffer.from([0xf0, 0x9f])])).toEqual([
    'a\ufffd',
    '',
    '\ufffd',
  ])
})

test('OutputCollector keeps a byte order mark', () => {
  const collector = new OutputCollector(100)
  collect(collector, [Buffer.from('\ufeffa\ufeff')])
  expect(collector.text).toBe('\ufeffa\ufeff')
})

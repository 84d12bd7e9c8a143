import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutputCollector } from './output-collector.ts'

function collectorOf(maxBytes: number, maxLiveBytes = maxBytes): OutputCollector {
  return new OutputCollector({ maxBytes, maxLiveBytes })
}

/** Adds these pieces and ends the stream; gives the pieces of text. */
function collect(
  collector: OutputCollector,
  pieces: readonly Uint8Array[],
  dropped: number | null = 0,
): string[] {
  return [...pieces.map((piece) => collector.add(piece)), collector.finish(dropped)]
}

const text = fc.string({ unit: 'binary', maxLength: 50 }).map((value) => Buffer.from(value).toString())

test('OutputCollector gives back any text, however its bytes are cut', () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 10 }), (value, cuts) => {
      const bytes = Buffer.from(value)
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)]
      const pieces = at.map((from, index) => bytes.subarray(from, at[index + 1] ?? bytes.length))
      const collector = collectorOf(1000)
      expect(collect(collector, pieces).join('')).toBe(value)
      expect(collector).toMatchObject({ text: value, bytes: bytes.length, truncated: false, flooded: false })
    }),
  )
})

const GAP = /(?:^|\n)\[\.\.\. (\d+) bytes left out \.\.\.\]\n/

test('OutputCollector keeps head and tail of any text without cutting a character in two', () => {
  fc.assert(
    fc.property(
      text.filter((value) => !value.includes('\n')),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 7 }),
      (value, limit, size) => {
        const bytes = Buffer.from(value)
        const tail = Math.floor(limit / 2)
        const last = bytes.subarray(Math.max(limit, bytes.length - tail))
        const sent = Buffer.concat([bytes.subarray(0, limit), last])
        const pieces: Uint8Array[] = []
        for (let at = 0; at < sent.length; at += size) pieces.push(sent.subarray(at, at + size))
        const collector = collectorOf(limit)
        const streamed = collect(collector, pieces, bytes.length - sent.length).join('')
        for (const kept of [streamed, collector.text]) {
          const [before = '', missing = '0', after = ''] = kept.split(GAP)
          expect(value.startsWith(before) && value.endsWith(after)).toBe(true)
          if (kept === collector.text || missing === '0')
            expect(Buffer.byteLength(before + after) + Number(missing)).toBe(bytes.length)
        }
        expect(collector.truncated).toBe(bytes.length > limit)
        expect(collector.bytes).toBe(Math.min(bytes.length, limit))
      },
    ),
  )
})

test('OutputCollector is truncated from the first byte past the limit', () => {
  const collector = collectorOf(4)
  collector.add(Buffer.from('abcd'))
  expect(collector.truncated).toBe(false)
  expect(collector.add(Buffer.from('e'))).toBe('')
  expect(collector.finish(0)).toBe('e')
  expect(collector).toMatchObject({ text: 'ab\n[... 1 bytes left out ...]\nde', truncated: true, bytes: 4 })
})

test('OutputCollector says that the rest is lost when it was ended at the limit', () => {
  const collector = collectorOf(4)
  collector.add(Buffer.from('abc\n'))
  expect(collector.finish(null)).toBe('[... the rest was lost when Python was ended ...]\n')
  expect(collector).toMatchObject({
    text: 'abc\n[... the rest was lost when Python was ended ...]\n',
    truncated: true,
  })
  const short = collectorOf(4)
  short.add(Buffer.from('abc'))
  expect(short.finish(null)).toBe('')
  expect(short).toMatchObject({ text: 'abc', truncated: false })
})

test('OutputCollector keeps nothing of a flood past the tail and calls it a flood', () => {
  const collector = collectorOf(10)
  const block = Buffer.alloc(65_536, 97)
  for (let count = 0; count < 4; count++) collector.add(block)
  expect(collector.flooded).toBe(false)
  collector.add(block)
  collector.finish(null)
  expect(collector).toMatchObject({ bytes: 10, flooded: true })
  expect(collector.text).toMatch(/^a{10}\n\[/)
})

test('OutputCollector shows bytes that are no UTF-8, also at the end', () => {
  const collector = collectorOf(100)
  expect(collect(collector, [Buffer.from([0x61, 0xff]), Buffer.from([0xf0, 0x9f])])).toEqual([
    'a\ufffd',
    '',
    '\ufffd',
  ])
})

test('OutputCollector keeps a byte order mark', () => {
  const collector = collectorOf(100)
  collect(collector, [Buffer.from('\ufeffa\ufeff')])
  expect(collector.text).toBe('\ufeffa\ufeff')
})

test('OutputCollector hands on more than it keeps, and keeps head and tail of it', () => {
  fc.assert(
    fc.property(
      text.filter((value) => !value.includes('\n')),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 7 }),
      (value, limit, more, size) => {
        const bytes = Buffer.from(value)
        const live = limit + more
        const last = bytes.subarray(Math.max(live, bytes.length - Math.floor(limit / 2)))
        const sent = Buffer.concat([bytes.subarray(0, live), last])
        const pieces: Uint8Array[] = []
        for (let at = 0; at < sent.length; at += size) pieces.push(sent.subarray(at, at + size))
        const collector = collectorOf(limit, live)
        const streamed = collect(collector, pieces, bytes.length - sent.length).join('')
        if (bytes.length <= live) expect(streamed).toBe(value)
        const [before = '', missing = '0', after = ''] = collector.text.split(GAP)
        expect(value.startsWith(before) && value.endsWith(after)).toBe(true)
        expect(Buffer.byteLength(before + after) + Number(missing)).toBe(bytes.length)
        expect(Buffer.byteLength(before + after)).toBeLessThanOrEqual(limit)
        expect(collector.truncated).toBe(bytes.length > limit)
        expect(collector.liveTruncated).toBe(bytes.length > live)
      },
    ),
  )
})

test('OutputCollector of a stream that was ended has the end of what came', () => {
  const collector = collectorOf(4, 100)
  collector.add(Buffer.from('abcdefgh'))
  expect(collector.finish(null)).toBe('')
  expect(collector.text).toBe('ab\n[... 4 bytes left out ...]\ngh')
  const full = collectorOf(4, 8)
  full.add(Buffer.from('abcdefgh'))
  expect(full.finish(null)).toBe('\n[... the rest was lost when Python was ended ...]\n')
  expect(full.text).toBe(
    'ab\n[... 4 bytes left out ...]\ngh\n[... the rest was lost when Python was ended ...]\n',
  )
})

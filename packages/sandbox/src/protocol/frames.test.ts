import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeFrame,
  type Frame,
  FrameError,
  FrameReader,
  HEADER_BYTES,
  OUTPUT_CHUNK_BYTES,
  TOKEN_BYTES,
  writeHeader,
} from './frames.ts'

const TOKEN = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])
const CEILING = 1000
/** Kinds 1 to 4 may come, 4 only without a payload. */
const ceiling = (kind: number) => (kind === 4 ? 0 : kind >= 1 && kind <= 3 ? CEILING : -1)

const frame = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.uint8Array({ maxLength: CEILING }))
  .map(([kind, payload]): Frame => ({ kind, payload }))
const frames = fc.array(frame, { maxLength: 8 })

function encode(list: readonly Frame[]): Uint8Array {
  return new Uint8Array(Buffer.concat(list.map(({ kind, payload }) => encodeFrame(kind, TOKEN, payload))))
}

/** Cuts `bytes` at these places, which may repeat: a piece may be empty. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

/** Every frame of these pieces. A payload may be a view on a piece, so that it is copied as the reader asks. */
function readAll(reader: FrameReader, parts: readonly Uint8Array[]): Frame[] {
  const found: Frame[] = []
  for (const part of parts) {
    for (const { kind, payload } of reader.read(part)) found.push({ kind, payload: new Uint8Array(payload) })
  }
  return found
}

test('FrameReader reads back any frames, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (list, cuts) => {
      const reader = new FrameReader(TOKEN, ceiling)
      expect(readAll(reader, pieces(encode(list), cuts))).toEqual(list)
      expect(reader.owed).toBe(0)
    }),
  )
})

test('FrameReader reads back frames that come byte by byte', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 2 }), (list) => {
      const bytes = encode(list)
      const reader = new FrameReader(TOKEN, ceiling)
      expect(
        readAll(
          reader,
          [...bytes].map((_, index) => bytes.subarray(index, index + 1)),
        ),
      ).toEqual(list)
    }),
    { numRuns: 20 },
  )
})

test('FrameReader yields of a cut stream what came whole, and says what it owes of the next one', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (list, cut) => {
      const bytes = encode(list)
      const length = cut % (bytes.length + 1)
      const reader = new FrameReader(TOKEN, ceiling)
      const found = readAll(reader, [bytes.subarray(0, length)])
      expect(found).toEqual(list.slice(0, found.length))
      const whole = encode(list.slice(0, found.length)).length
      expect(whole).toBeLessThanOrEqual(length)
      const next = length > whole ? list[found.length] : undefined
      const left = next === undefined ? 0 : whole + HEADER_BYTES + next.payload.length - length
      const isHeaderCut = next !== undefined && length < whole + HEADER_BYTES
      expect(reader.kind).toBe(next?.kind ?? 0)
      expect(reader.owed).toBe(isHeaderCut ? Number.POSITIVE_INFINITY : left)
    }),
  )
})

test('FrameReader yields no frame of bytes without the token', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (parts) => {
      const reader = new FrameReader(
        Uint8Array.from(TOKEN, (byte) => byte ^ 0xa5),
        ceiling,
      )
      const stream = [encode([{ kind: 2, payload: Uint8Array.from([1]) }]), ...parts]
      expect(() => readAll(reader, stream)).toThrow(FrameError)
    }),
  )
})

test('FrameReader yields random bytes as a frame never, and never more than the ceiling', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 10 }), (parts) => {
      const asked: number[] = []
      const reader = new FrameReader(TOKEN, (kind) => {
        asked.push(kind)
        return ceiling(kind)
      })
      const found: Frame[] = []
      try {
        for (const part of parts) for (const one of reader.read(part)) found.push(one)
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError)
      }
      for (const { kind, payload } of found) expect(payload.length).toBeLessThanOrEqual(ceiling(kind))
      expect(found).toEqual([])
    }),
  )
})

test('FrameReader yields of a stream with one changed byte only frames with the token, within the ceiling', () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, change) => {
      const bytes = encode(list)
      if (bytes.length === 0) return
      const at = place % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ change
      const reader = new FrameReader(TOKEN, ceiling)
      const found: Frame[] = []
      try {
        for (const { kind, payload } of reader.read(bytes))
          found.push({ kind, payload: new Uint8Array(payload) })
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError)
      }
      // What came before the change is untouched, whatever became of the rest.
      let whole = 0
      let before = 0
      for (const { payload } of list) {
        whole += HEADER_BYTES + payload.length
        if (whole > at) break
        before++
      }
      expect(found.slice(0, before)).toEqual(list.slice(0, before))
      for (const { kind, payload } of found) expect(payload.length).toBeLessThanOrEqual(ceiling(kind))
    }),
  )
})

test.each([
  ['a kind that may not come', 9, 0, TOKEN],
  ['the kind 0', 0, 0, TOKEN],
  ['a payload past the ceiling', 2, CEILING + 1, TOKEN],
  ['any payload where none may be', 4, 1, TOKEN],
  ['a payload of four gigabytes', 2, 0xffffffff, TOKEN],
  ['a length that is negative as a signed number', 2, 0x80000000, TOKEN],
  ['a token with a wrong last byte', 2, 1, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 9])],
  ['a token with a wrong first byte', 2, 1, Uint8Array.from([0, 2, 3, 4, 5, 6, 7, 8])],
  ['no token', 2, 1, new Uint8Array(TOKEN_BYTES)],
])('FrameReader refuses %s at the header, before any payload', (_, kind, length, token) => {
  const header = new Uint8Array(HEADER_BYTES)
  writeHeader(header, kind, token, length)
  const reader = new FrameReader(TOKEN, ceiling)
  expect(() => [...reader.read(header)]).toThrow(FrameError)
})

test('FrameReader takes a payload of exactly the ceiling', () => {
  const list = [{ kind: 2, payload: new Uint8Array(CEILING).fill(7) }]
  expect(readAll(new FrameReader(TOKEN, ceiling), [encode(list)])).toEqual(list)
})

test('FrameReader hands out every frame of a chunk, also the empty ones', () => {
  const list = [1, 2, 3, 4].map((kind) => ({ kind, payload: new Uint8Array() }))
  expect(readAll(new FrameReader(TOKEN, ceiling), [encode(list)])).toEqual(list)
})

test('encodeFrame() writes kind, length, token and payload, and never starts with 0', () => {
  expect([...encodeFrame(2, TOKEN, Uint8Array.from([9, 8, 7]))]).toEqual([2, 3, 0, 0, 0, ...TOKEN, 9, 8, 7])
  const large = encodeFrame(3, TOKEN, new Uint8Array(0x012345))
  expect([...large.subarray(0, 5)]).toEqual([3, 0x45, 0x23, 0x01, 0])
})

test('OUTPUT_CHUNK_BYTES fills a pipe of 64 KiB exactly', () => {
  expect(encodeFrame(3, TOKEN, new Uint8Array(OUTPUT_CHUNK_BYTES)).length).toBe(65_536)
})

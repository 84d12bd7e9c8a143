import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameText } from './name-text.ts'

const encoder = new TextEncoder()

test('nameText() gives text as it is, and half of a character for each other byte', () => {
  expect(nameText(encoder.encode('a é € 😀 \ufeff'))).toBe('a é € 😀 \ufeff')
  expect(nameText(Uint8Array.of(0x61, 0xff, 0x62))).toBe('a\udcff' + 'b')
  // A character cut short, one written too long, and half of one.
  expect(nameText(Uint8Array.of(0xe2, 0x82))).toBe('\udce2\udc82')
  expect(nameText(Uint8Array.of(0xc0, 0x80))).toBe('\udcc0\udc80')
  expect(nameText(Uint8Array.of(0xed, 0xb2, 0x80))).toBe('\udced\udcb2\udc80')
})

test('nameText() gives every name a text from which its bytes come back', () => {
  const bytesOf = (text: string) =>
    [...text].flatMap((char) => {
      const point = char.codePointAt(0) ?? 0
      return point >= 0xdc80 && point <= 0xdcff ? [point & 0xff] : [...encoder.encode(char)]
    })
  const bytes = fc.uint8Array({ min: 1, max: 255, maxLength: 40 })
  fc.assert(
    fc.property(bytes, (name) => {
      expect(bytesOf(nameText(name))).toEqual([...name])
    }),
  )
})

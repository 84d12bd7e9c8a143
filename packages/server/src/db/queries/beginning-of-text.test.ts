import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginningOfText, storedLength } from './beginning-of-text.ts'

const CHARS = 7
/** What JSON has as it is, and what it has as escapes of two lengths. */
const UNIT = fc.constantFrom('a', '\0', '\n', '"', '\\', '🙂', 'é')

test.each([
  ['', ''],
  ['short', 'short'],
  ['"quoted"', '"quoted'],
  ['\0\0\0\0\0\0\0\0\0', '\0\0\0\0\0\0\0'],
  ['a\\\\\\\\\\\\\\\\b', 'a\\\\\\\\\\\\'],
  ['🙂🙂🙂🙂🙂🙂🙂🙂🙂', '🙂🙂🙂🙂🙂🙂🙂'],
])('beginningOfText() of %j is %j', (text, beginning) => {
  expect(beginningOfText(JSON.stringify(text), CHARS)).toBe(beginning)
})

test('beginningOfText() reads a text wherever its JSON was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: UNIT, maxLength: 30 }), (text) => {
      // As PostgreSQL cuts it: by characters, not by halves of them.
      const stored = [...JSON.stringify(text)].slice(0, storedLength(CHARS)).join('')
      expect(beginningOfText(stored, CHARS)).toBe([...text].slice(0, CHARS).join(''))
    }),
  )
})

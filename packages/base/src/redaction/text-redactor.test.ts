import { expect, test } from 'vitest'
import { RedactionCounter } from './byte-redactor.ts'
import { KnownSecrets } from './known-secrets.ts'
import { TextRedactor } from './text-redactor.ts'

const SECRET = 'hunter2-hunter2'
const PIN = '48151623'
const MARK = '[redacted:known-secret]'

function redactor(counter = new RedactionCounter()): TextRedactor {
  return new TextRedactor(new KnownSecrets([SECRET, PIN]).redactor(counter))
}

test('TextRedactor takes secrets out of texts, of names and of whole numbers', () => {
  const counter = new RedactionCounter()
  const value = {
    ok: true,
    list: [1, 2.5, Number(PIN), BigInt(PIN), null, `x${SECRET}y`],
    [`key ${SECRET}`]: { deep: [{ text: Buffer.from(SECRET).toString('base64') }] },
  }
  expect(redactor(counter).value(value)).toEqual({
    ok: true,
    list: [1, 2.5, MARK, MARK, null, `x${MARK}y`],
    [`key ${MARK}`]: { deep: [{ text: expect.stringMatching(/^\[redacted:known-secret\].{0,3}$/) }] },
  })
  expect(counter.counts).toEqual({ 'known-secret': 5 })
})

test('TextRedactor gives the same value where there is nothing to take out', () => {
  const value = { list: ['hunter2', '\ud800', 'é', { text: '' }], n: 123456789, big: 12345678901234567890n }
  expect(redactor().value(value)).toBe(value)
})

test('TextRedactor does not see one text as the rest of another', () => {
  const halves = [SECRET.slice(0, 8), SECRET.slice(8)]
  expect(redactor().value(halves)).toBe(halves)
})

test('TextRedactor keeps a name that JavaScript has a meaning for', () => {
  const value = JSON.parse(`{"__proto__": "${SECRET}", "constructor": 1}`)
  expect(JSON.stringify(redactor().value(value))).toBe(`{"__proto__":"${MARK}","constructor":1}`)
})

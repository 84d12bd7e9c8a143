import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fastest } from '../../../../test/linear-time.ts'
import { prefersEvents } from './accept.ts'

test.each([
  ['text/event-stream', true],
  ['TEXT/Event-Stream', true],
  ['text/event-stream;charset=utf-8', true],
  ['text/event-stream;q=1.000', true],
  ['text/event-stream, */*;q=0.8', true],
  ['application/json, text/event-stream', true],
  ['text/*', true],
  ['text/event-stream;q=0', false],
  ['text/event-stream; Q=0.0', false],
  ['text/event-stream;q=2', false],
  ['text/event-stream;q=', false],
  ['application/json, text/event-stream;q=0.5', false],
  ['text/*;q=0.4, application/*;q=0.5', false],
  ['text/*, text/event-stream;q=0', false],
  ['*/*', false],
  ['*/*, text/event-stream;q=0.9', false],
  ['text/event-streamx', false],
  ['text/html', false],
  ['', false],
  [undefined, false],
])('prefersEvents(%j) is %j', (accept, expected) => {
  expect(prefersEvents(accept)).toBe(expected)
})

test('prefersEvents() reads any header of 16 KiB in less than 50 ms', () => {
  const piece = fc.constantFrom(',', ';', 'q=', '0', '.', ' ', '\t', '*', '/', 'text/event-stream', 'a')
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 20 }), (pieces) => {
      const text = pieces.join('')
      const header = text.repeat(Math.ceil(16_384 / text.length)).slice(0, 16_384)
      expect(fastest((text) => prefersEvents(text), header)).toBeLessThan(50)
    }),
    { numRuns: 50 },
  )
})

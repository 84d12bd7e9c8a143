import { expect, test } from 'vitest'
import { MAX_STEP_BYTES, type RecordedStep, stepText } from './step-record.ts'

const STEP: RecordedStep = {
  ...{ text: 'I think', code: 'x = 1', executionId: 'exe_1', observation: '1', usage: null, failure: null },
  ...{ calls: [{ name: 'f', arguments: {}, ok: true, result: 1 }], whole: true },
}

test('stepText() is the whole step where there is room for it', () => {
  const { content, bytes } = stepText({ ...STEP, text: 'é' }, 1000)
  expect(JSON.parse(content)).toEqual({ ...STEP, text: 'é' })
  expect(bytes).toBe(Buffer.byteLength(content))
})

test.each([
  ['too large for a step', 'x'.repeat(MAX_STEP_BYTES), 2 ** 21],
  ['of more bytes than characters', '\0'.repeat(MAX_STEP_BYTES / 5), 2 ** 21],
  ['too large for what is left', 'x'.repeat(1000), 500],
  ['where nothing is left', 'x'.repeat(1000), 0],
  ['where less than nothing is left', 'x', -5],
])('stepText() of a text %s says that it is not whole, and is small', (_, text, room) => {
  const { content, bytes } = stepText({ ...STEP, text, observation: `😀${text}` }, room)
  const { whole, calls, executionId } = JSON.parse(content)
  expect({ whole, calls, executionId }).toEqual({ whole: false, calls: [], executionId: 'exe_1' })
  expect(bytes).toBe(Buffer.byteLength(content))
  expect(bytes).toBeLessThan(20_000)
  expect(content).not.toMatch(/\\ud83d(?!\\ude00)/)
})

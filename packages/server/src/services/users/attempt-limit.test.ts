import { expect, test } from 'vitest'
import { waitSeconds } from './attempt-limit.ts'

const KEYS = { pair: 'p', place: 'l', address: 'a' }
const count = (key: string, failures: number, agoMs = 0, succeeded = false) => ({
  ...{ key, failures, agoMs, succeeded },
})

test.each([
  ['nothing was counted', [], 0],
  ['five failures of a pair are free', [count('p', 4)], 0],
  ['then it doubles from a second', [count('p', 5)], 1],
  ['twice', [count('p', 8)], 8],
  ['up to a quarter of an hour', [count('p', 30)], 900],
  ['and goes by', [count('p', 8, 7500)], 1],
  ['to nothing', [count('p', 8, 8000)], 0],
  ['a place that tries many addresses', [count('l', 51)], 2],
  ['many places that try one address', [count('a', 100)], 1],
  ['the longest of them', [count('p', 6), count('l', 53), count('a', 100)], 8],
  ['a pair that has succeeded waits for itself alone', [count('p', 0, 0, true), count('l', 99)], 0],
  ['and not for long', [count('p', 50, 0, true), count('l', 99)], 30],
])('waitSeconds(): %s', (_, counts, seconds) => {
  expect(waitSeconds(KEYS, counts)).toBe(seconds)
})

import { expect, test } from 'vitest'
import { AttemptLimit } from './attempt-limit.ts'

test('waitSeconds() grows with each failure, for that address at that place', () => {
  let now = 0
  const limit = new AttemptLimit(() => now)
  const waits = []
  for (let attempt = 0; attempt < 9; attempt += 1) {
    waits.push(limit.waitSeconds('ada@example.com', 'here'))
    limit.begin('Ada@example.com', 'here')
  }
  expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8])
  expect(limit.waitSeconds('ada@example.com', 'there')).toBe(0)
  expect(limit.waitSeconds('bob@example.com', 'here')).toBe(0)
  now += 16_000
  expect(limit.waitSeconds('ada@example.com', 'here')).toBe(0)
  limit.succeeded('ada@example.com', 'here')
  limit.begin('ada@example.com', 'here')
  expect(limit.waitSeconds('ada@example.com', 'here')).toBe(0)
})

test('waitSeconds() holds back a place that tries many addresses, and many places that try one', () => {
  const limit = new AttemptLimit(() => 0)
  for (let n = 0; n < 50; n += 1) limit.begin(`user${n}@example.com`, 'one place')
  expect(limit.waitSeconds('another@example.com', 'one place')).toBeGreaterThan(0)
  expect(limit.waitSeconds('another@example.com', 'elsewhere')).toBe(0)
  for (let n = 0; n < 100; n += 1) limit.begin('victim@example.com', `place ${n}`)
  expect(limit.waitSeconds('victim@example.com', 'a new place')).toBeGreaterThan(0)
})
